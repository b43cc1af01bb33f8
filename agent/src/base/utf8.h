// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

struct DecodedCharacter {
  char32_t code_point = 0;
  uint32_t length = 0;  // Bytes; 0 where the bytes are not a character.
};

// The character at the start of `bytes`, which is not empty.
[[nodiscard]] DecodedCharacter decode_utf8(std::string_view bytes);

// Bytes of the valid text at the start of `bytes`; bytes.size() where all of it is valid.
[[nodiscard]] size_t valid_utf8_prefix(std::string_view bytes);

void append_utf8(char32_t code_point, std::string& out);

// Makes text out of bytes that come in arbitrary pieces: gives whole characters only and keeps an unfinished
// one for the next call. Bytes that can never become a character turn into U+FFFD, one for each maximal part.
class Utf8Splitter {
 public:
  // Appends the characters that are complete now.
  void push(std::string_view bytes, std::string& out);
  // Appends U+FFFD if an unfinished character is left.
  void finish(std::string& out);

 private:
  std::string rest_;  // At most 3 bytes.
};

}  // namespace tandem
