#include "plan/pieces.h"

#include <algorithm>

namespace tandem {
namespace {

// Adds every set of exactly `count` lengths, none longer than lengths[longest].
void add_sets(const std::vector<int64_t>& lengths, size_t longest, int64_t count, int64_t max_tokens,
              PieceSet& set, std::vector<PieceSet>& sets) {
  if (count == 0) {
    if (sets.size() < kMostPieceSets) sets.push_back(set);
    return;
  }
  if (set.tokens >= max_tokens) return;  // What is there covers the longest step already.
  for (size_t i = longest + 1; i-- > 0;) {
    if (lengths[i] == 1 && count + static_cast<int64_t>(set.pieces.size()) > 1) continue;
    set.pieces.push_back(lengths[i]);
    set.tokens += lengths[i];
    add_sets(lengths, i, count - 1, max_tokens, set, sets);
    set.tokens -= lengths[i];
    set.pieces.pop_back();
  }
}

}  // namespace

std::vector<PieceSet> piece_sets(const std::vector<int64_t>& standard_lengths, int64_t max_pieces,
                                 int64_t max_tokens) {
  std::vector<PieceSet> sets;
  const auto covering = std::ranges::lower_bound(standard_lengths, max_tokens);
  std::vector<int64_t> lengths(standard_lengths.begin(),
                               covering == standard_lengths.end() ? covering : covering + 1);
  if (lengths.empty()) return sets;
  PieceSet set;
  for (int64_t count = 1; count <= max_pieces && sets.size() < kMostPieceSets; ++count) {
    add_sets(lengths, lengths.size() - 1, count, max_tokens, set, sets);
  }
  std::ranges::stable_sort(sets, {}, &PieceSet::tokens);
  return sets;
}

}  // namespace tandem
