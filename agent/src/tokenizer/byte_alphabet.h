// GPT-2's way to write bytes as visible characters in vocabularies: printable Latin-1 bytes stand for
// themselves, the other 68 are U+0100, U+0101, ... in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

// Appends the bytes that `text` stands for; false, and `bytes` as it was, where a character is not in the
// alphabet.
[[nodiscard]] bool decode_byte_alphabet(std::string_view text, std::string& bytes);

// How the byte is written.
[[nodiscard]] std::string encode_byte_alphabet(uint8_t byte);

}  // namespace tandem
