// Ways to cut tokens into NPU graphs of standard lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem {

inline constexpr size_t kMostPieceSets = 2048;
inline constexpr size_t kMostPieces = 8;  // Of one set.

struct PieceSet {
  std::vector<int64_t> pieces;  // Longest first.
  int64_t tokens = 0;           // Their sum.
};

// All sets of 1 to max_pieces standard lengths, the sum ascending, at most `kMostPieceSets`: the ones of few
// pieces are kept. Lengths that only one token fits in stand alone. No set is larger than what it takes to
// cover max_tokens.
[[nodiscard]] std::vector<PieceSet> piece_sets(const std::vector<int64_t>& standard_lengths,
                                               int64_t max_pieces, int64_t max_tokens);

}  // namespace tandem
