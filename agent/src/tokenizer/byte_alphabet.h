// GPT-2's way to write bytes as visible characters in vocabularies: printable Latin-1 bytes stand for
// themselves, the other 68 are U+0100, U+0101, ... in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

// The bytes that `text` stands for; nothing where it has a character outside the alphabet.
[[nodiscard]] std::optional<std::string> decode_byte_alphabet(std::string_view text);

// How the byte is written.
[[nodiscard]] std::string encode_byte_alphabet(uint8_t byte);

}  // namespace tandem
