#include "tokenizer/spm.h"

#include <cmath>
#include <string>

#include "base/utf8.h"
#include "tokenizer/merger.h"

namespace tandem {
namespace {

struct ScoredPair {
  bool valid;
  float rank;  // Minus the score.
  int32_t id;
};

}  // namespace

Result<Spm> Spm::read(const GgufFile& file, const Vocabulary& vocabulary) {
  TANDEM_ASSIGN(const NumberArray<float> scores, file.get_f32s("tokenizer.ggml.scores"));
  if (scores.size() != static_cast<size_t>(vocabulary.size())) {
    return Error{ErrorCode::kGgufBadMetadata,
                 "The vocabulary has " + std::to_string(vocabulary.size()) + " tokens and " +
                     std::to_string(scores.size()) + " scores; convert the model again.",
                 {{"key", "tokenizer.ggml.scores"}}};
  }
  Spm spm;
  spm.scores_.reserve(scores.size());
  for (size_t i = 0; i < scores.size(); i++) {
    if (std::isnan(scores[i])) {
      return Error{ErrorCode::kGgufBadMetadata,
                   "The score of token " + std::to_string(i) + " is not a number; convert the model again.",
                   {{"key", "tokenizer.ggml.scores"}}};
    }
    spm.scores_.push_back(scores[i]);
  }
  return spm;
}

std::optional<uint8_t> Spm::encode(const Vocabulary& vocabulary, std::string_view text,
                                   std::vector<int32_t>& tokens) const {
  std::vector<Symbol> symbols;
  symbols.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const DecodedCharacter character = decode_utf8(text.substr(at));
    const uint32_t length = character.length == 0 ? 1 : character.length;
    symbols.push_back({static_cast<uint32_t>(at), length, vocabulary.find(text.substr(at, length)), -1, -1});
    at += length;
  }
  link(symbols);
  const auto pair_of = [&](const Symbol& left, const Symbol& right) -> ScoredPair {
    const size_t length = size_t{left.length} + right.length;
    if (length > vocabulary.longest_key()) return {false, 0, -1};
    const int32_t id = vocabulary.find(text.substr(left.begin, length));
    return {id >= 0, id >= 0 ? -scores_[static_cast<size_t>(id)] : 0, id};
  };
  Merger<float, decltype(pair_of)>(pair_of).run(symbols);

  std::optional<uint8_t> missing;
  for (const Symbol& symbol : symbols) {
    if (symbol.length == 0) continue;
    if (symbol.id >= 0) {
      tokens.push_back(symbol.id);
      continue;
    }
    if (const auto byte = vocabulary.append_bytes(text.substr(symbol.begin, symbol.length), tokens))
      missing = byte;
  }
  return missing;
}

}  // namespace tandem
