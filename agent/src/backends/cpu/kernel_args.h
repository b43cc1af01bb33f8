// Arguments of kernels that are not matmuls. Included by kernel files: types and constants only.
#pragma once

#include <cstdint>

namespace tandem::cpu {

// Rotates `heads` heads of one token, pair i by angle i of `dims` / 2.
struct RopeArgs {
  float* values;  // [heads][head_dim]
  int64_t heads;
  int64_t head_dim;
  int64_t dims;
  // Where halves rotate together (NeoX): [dims / 2] each. Where neighbours do: [dims] each, cosines twice in
  // a row, sines twice in a row and the first of them negative.
  const float* cosines;
  const float* sines;
  bool split_half;
};

inline constexpr int kAttentionRows = 16;    // Query rows of a tile.
inline constexpr int kKeyBlock = 16;         // Positions that lie together in the key cache.
inline constexpr int kPositionsAtOnce = 64;  // Positions between two corrections of the running maximum.

// Attention of up to 16 query rows, which share one kv head, over positions [begin, end).
struct AttentionTileArgs {
  const float* queries[kAttentionRows];  // Each [head_dim].
  int64_t first[kAttentionRows];         // The first and
  int64_t last[kAttentionRows];          // the last position each row sees; at least one of the first 64.
  int rows;
  float scale;
  float softcap;           // Scores become softcap * tanh(score / softcap); 0: they stay.
  const uint16_t* keys;    // [position / 16][head_dim][16]
  const uint16_t* values;  // [position][padded_dim]
  int64_t head_dim;
  int64_t padded_dim;
  int64_t begin;  // A multiple of 16.
  int64_t end;
  float* sums;     // [rows][padded_dim]: sums of exp(score - maximum) * value
  float* maximum;  // [rows]
  float* weight;   // [rows]: sums of exp(score - maximum)
};

}  // namespace tandem::cpu
