// A byte-level BPE vocabulary of any size: all bytes, then short words of small letters, then the tokens of
// ChatML.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "gguf/writer.h"

namespace tandem::app {

inline constexpr uint32_t kLeastVocabulary = 256 + 3;
// All words of up to four letters, with and without a space before them.
inline constexpr uint32_t kMostVocabulary = 400000;

// Adds everything under tokenizer.*; size from kLeastVocabulary to kMostVocabulary.
void add_tokenizer(GgufWriter& writer, uint32_t size);

}  // namespace tandem::app
