// Byte-level BPE: the bytes of a word are merged in the order of the file's merge list.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "tokenizer/vocabulary.h"

namespace tandem {

class Bpe {
 public:
  [[nodiscard]] static Result<Bpe> read(const GgufFile& file, const Vocabulary& vocabulary);

  // Appends the tokens of `word`. Gives a byte for which the vocabulary has no token, if it met one; there
  // stands the unknown token, if there is one.
  [[nodiscard]] std::optional<uint8_t> encode(const Vocabulary& vocabulary, std::string_view word,
                                              std::vector<int32_t>& tokens) const;

  [[nodiscard]] size_t memory_bytes() const;

 private:
  // Ids from the vocabulary's size on are texts that only occur on the way to a token.
  struct Merge {
    int32_t left = -1;
    int32_t right = -1;
    int32_t merged = -1;
  };

  [[nodiscard]] size_t slot(int32_t left, int32_t right) const;

  std::vector<Merge> merges_;   // The index is the rank.
  std::vector<int32_t> slots_;  // Hash table of indices into merges_; -1 is free.
  std::array<int32_t, 256> byte_ids_{};
};

}  // namespace tandem
