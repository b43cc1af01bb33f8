// Rotary position embedding (Su et al. 2021), in both conventions.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/target.h"

namespace tandem::cpu {

enum class RopePairs {
  kInterleaved,  // elements 2i and 2i + 1 rotate together (llama)
  kSplitHalf,    // elements i and i + dims / 2 (NeoX; qwen)
};

struct RopeOptions {
  RopePairs pairs = RopePairs::kInterleaved;
  int64_t dims = 0;            // Leading elements of a head that rotate; even.
  double base = 10000;         // Pair i turns by position * scale * base^(-2i / dims) / factors[i].
  double scale = 1;            // 1 / factor of linear scaling.
  std::vector<float> factors;  // [dims / 2] or empty: all 1. (`rope_freqs.weight` of Llama 3.)
  float magnitude = 1;         // Rotated elements are multiplied by this.
};

// Cosines and sines of the positions in use. They are computed once per step and serve every layer.
class RopeTable {
 public:
  explicit RopeTable(RopeOptions options);

  // For positions [first, first + count). Nothing to do where the last call asked for the same.
  void set_positions(int64_t first, int64_t count);

  // Rotates values: [count tokens, heads, head_dim] in place, token t being at position first + t.
  void apply(float* values, int64_t tokens, int64_t heads, int64_t head_dim, const Target& target) const;

  [[nodiscard]] size_t bytes() const { return table_.capacity() * sizeof(float); }

 private:
  RopeOptions options_;
  std::vector<double> frequencies_;  // [dims / 2], radians per position
  std::vector<float> table_;         // [count][2][dims / 2]: cosines, then sines
  int64_t first_ = 0;
  int64_t count_ = 0;
};

}  // namespace tandem::cpu
