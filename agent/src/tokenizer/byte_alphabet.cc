#include "tokenizer/byte_alphabet.h"

#include <array>

#include "base/utf8.h"

namespace tandem {
namespace {

constexpr bool stands_for_itself(char32_t c) {
  return (c >= 0x21 && c <= 0x7E) || (c >= 0xA1 && c <= 0xAC) || (c >= 0xAE && c <= 0xFF);
}

constexpr std::array<uint8_t, 68> hidden_bytes() {
  std::array<uint8_t, 68> bytes{};
  size_t count = 0;
  for (uint32_t byte = 0; byte < 256; byte++) {
    if (!stands_for_itself(byte)) bytes[count++] = static_cast<uint8_t>(byte);
  }
  return bytes;
}
constexpr auto kHidden = hidden_bytes();

}  // namespace

bool decode_byte_alphabet(std::string_view text, std::string& bytes) {
  const size_t before = bytes.size();
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    const char32_t c = character.code_point;
    if (character.length > 0 && stands_for_itself(c)) {
      bytes.push_back(static_cast<char>(c));
    } else if (c >= 0x100 && c < 0x100 + kHidden.size()) {
      bytes.push_back(static_cast<char>(kHidden[c - 0x100]));
    } else {
      bytes.resize(before);
      return false;
    }
    text.remove_prefix(character.length);
  }
  return true;
}

std::string encode_byte_alphabet(uint8_t byte) {
  char32_t c = byte;
  for (size_t i = 0; i < kHidden.size(); i++) {
    if (kHidden[i] == byte) c = static_cast<char32_t>(0x100 + i);
  }
  std::string text;
  append_utf8(c, text);
  return text;
}

}  // namespace tandem
