// Splits text into the words that byte-level BPE merges within: each model family's patterns, written out by
// hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/unicode.h"

namespace tandem {

// A text by characters. A byte that is no part of a character counts as one without classes.
struct CharacterText {
  explicit CharacterText(std::string_view text);

  std::string_view text;
  std::vector<char32_t> code_points;
  std::vector<CharacterClasses> classes;
  std::vector<uint32_t> offsets;  // [characters + 1], in bytes.
};

// Characters that a pattern matches at `at` (< end), looking no further than `end`; 0 for no match.
using Pattern = size_t (*)(const CharacterText& text, size_t at, size_t end);

struct PreTokenizer {
  std::vector<Pattern>
      patterns;              // Each splits what those before it left: matches, and what lies between them.
  bool whole_words = false;  // A word that is a token is not merged at all.
  bool adds_bos = false;     // Where the file does not say.
};

// By the name in tokenizer.ggml.pre; nothing for names that Tandem does not know.
[[nodiscard]] std::optional<PreTokenizer> pre_tokenizer_by_name(std::string_view name);

// The words, in order; together they are the text. At most 4 GiB.
[[nodiscard]] std::vector<std::string_view> split_words(const PreTokenizer& pre_tokenizer,
                                                        std::string_view text);

}  // namespace tandem
