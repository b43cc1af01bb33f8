// SentencePiece's BPE: characters are merged, the pair with the best score first, where their union is a
// token.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "tokenizer/vocabulary.h"

namespace tandem {

class Spm {
 public:
  [[nodiscard]] static Result<Spm> read(const GgufFile& file, const Vocabulary& vocabulary);

  // Appends the tokens of `text`, in which spaces are spaces. Characters without a token become byte tokens.
  // Gives a byte for which the vocabulary has no token, if it met one; there stands
  // the unknown token, if there is one.
  [[nodiscard]] std::optional<uint8_t> encode(const Vocabulary& vocabulary, std::string_view text,
                                              std::vector<int32_t>& tokens) const;

  [[nodiscard]] size_t memory_bytes() const { return scores_.capacity() * sizeof(float); }

 private:
  std::vector<float> scores_;  // [vocabulary]
};

}  // namespace tandem
