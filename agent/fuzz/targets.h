// What is fuzzed: one function for each kind of input that comes from outside. Each aborts where a promise is
// broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem::fuzz {

// A GGUF file: parsed, its values scanned, its tokenizer built and used. Gives the error code's name, or
// "ok".
std::string fuzz_gguf(std::span<const std::byte> bytes);

// A prompt: with a vocabulary that has all bytes, decoding gives back what was encoded.
void fuzz_prompt(std::span<const std::byte> bytes);

}  // namespace tandem::fuzz
