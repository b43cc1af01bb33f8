#include "tokenizer/bpe.h"

#include <bit>
#include <string>
#include <unordered_map>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/merger.h"

namespace tandem {
namespace {

constexpr std::string_view kMergesKey = "tokenizer.ggml.merges";

struct RankedPair {
  bool valid;
  int32_t rank;
  int32_t id;
};

uint64_t mix(int32_t left, int32_t right) {
  const uint64_t both = uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  return XXH3_64bits(&both, sizeof(both));
}

}  // namespace

size_t Bpe::slot(int32_t left, int32_t right) const {
  const size_t mask = slots_.size() - 1;
  size_t at = static_cast<size_t>(mix(left, right)) & mask;
  while (slots_[at] >= 0) {
    const Merge& merge = merges_[static_cast<size_t>(slots_[at])];
    if (merge.left == left && merge.right == right) break;
    at = (at + 1) & mask;
  }
  return at;
}

Result<Bpe> Bpe::read(const GgufFile& file, const Vocabulary& vocabulary) {
  TANDEM_ASSIGN(const StringArray lines, file.get_strings(kMergesKey));
  Bpe bpe;
  bpe.merges_.reserve(lines.size());
  bpe.slots_.assign(std::bit_ceil(lines.size() * 2 + 1), -1);

  std::unordered_map<std::string, int32_t> on_the_way;
  const auto id_of = [&](std::string_view bytes) {
    const int32_t id = vocabulary.find(bytes);
    if (id >= 0) return id;
    return on_the_way.emplace(bytes, vocabulary.size() + static_cast<int32_t>(on_the_way.size()))
        .first->second;
  };
  for (size_t byte = 0; byte < 256; byte++)
    bpe.byte_ids_[byte] = id_of(std::string(1, static_cast<char>(byte)));

  std::string both;
  for (const std::string_view line : lines) {
    const size_t space = line.find(' ', 1);
    if (line.empty() || space == std::string_view::npos || space + 1 == line.size()) {
      return Error{
          ErrorCode::kGgufBadMetadata,
          "Merge " + std::to_string(bpe.merges_.size()) +
              " of the vocabulary is not two texts with a space between them; convert the model again.",
          {{"key", std::string(kMergesKey)}}};
    }
    Merge merge;
    both.clear();
    // A text outside of the byte alphabet can never arise from bytes.
    if (decode_byte_alphabet(line.substr(0, space), both)) {
      const size_t middle = both.size();
      if (decode_byte_alphabet(line.substr(space + 1), both)) {
        const std::string_view bytes = both;
        merge = {id_of(bytes.substr(0, middle)), id_of(bytes.substr(middle)), id_of(bytes)};
      }
    }
    bpe.merges_.push_back(merge);
    if (merge.left < 0) continue;
    const size_t at = bpe.slot(merge.left, merge.right);
    if (bpe.slots_[at] < 0) bpe.slots_[at] = static_cast<int32_t>(bpe.merges_.size()) - 1;
  }
  return bpe;
}

std::optional<uint8_t> Bpe::encode(const Vocabulary& vocabulary, std::string_view word,
                                   std::vector<int32_t>& tokens) const {
  std::vector<Symbol> symbols(word.size());
  for (size_t i = 0; i < word.size(); i++) {
    symbols[i] = {static_cast<uint32_t>(i), 1, byte_ids_[static_cast<uint8_t>(word[i])], -1, -1};
  }
  link(symbols);
  const auto pair_of = [this](const Symbol& left, const Symbol& right) -> RankedPair {
    const int32_t rank = slots_[slot(left.id, right.id)];
    return {rank >= 0, rank, rank >= 0 ? merges_[static_cast<size_t>(rank)].merged : -1};
  };
  Merger<int32_t, decltype(pair_of)>(pair_of).run(symbols);

  std::optional<uint8_t> missing;
  for (const Symbol& symbol : symbols) {
    if (symbol.length == 0) continue;
    if (vocabulary.contains(symbol.id)) {
      tokens.push_back(symbol.id);
      continue;
    }
    if (const auto byte = vocabulary.append_bytes(word.substr(symbol.begin, symbol.length), tokens))
      missing = byte;
  }
  return missing;
}

size_t Bpe::memory_bytes() const {
  return merges_.capacity() * sizeof(Merge) + slots_.capacity() * sizeof(int32_t) + sizeof(byte_ids_);
}

}  // namespace tandem
