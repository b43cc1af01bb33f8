// Causal attention over an fp16 cache, by online softmax over blocks of it (Dao et al. 2022): memory does not
// grow with the square of the context, and a group of query heads reads its keys and values once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/memory.h"
#include "backends/cpu/target.h"
#include "base/result.h"

namespace tandem::cpu {

// One layer's keys and values, fp16, in memory that the session owns (need not be cleared). For each kv head:
// keys [capacity / 16][head_dim][16 positions], so that 16 scores come from one run of vectors without a sum
// across lanes; values [capacity][padded_dim].
struct KvLayer {
  uint16_t* keys = nullptr;    // elements() of them, 64-byte aligned
  uint16_t* values = nullptr;  // likewise
  int64_t capacity = 0;        // Positions; a multiple of 16, see kv_capacity().
  int64_t kv_heads = 0;
  int64_t head_dim = 0;

  [[nodiscard]] int64_t padded_dim() const { return (head_dim + 15) / 16 * 16; }
  [[nodiscard]] int64_t head_elements() const { return capacity * padded_dim(); }
  [[nodiscard]] int64_t elements() const { return head_elements() * kv_heads; }  // of keys, and of values
};

// The largest head that attention runs.
inline constexpr int64_t kMaxHeadDim = 256;

// Capacity to ask for so that `positions` fit.
[[nodiscard]] constexpr int64_t kv_capacity(int64_t positions) { return (positions + 15) / 16 * 16; }

// keys, values: [tokens, kv_heads * head_dim] -> the cache at positions [position, position + tokens), as
// fp16.
void kv_append(const float* keys, const float* values, int64_t tokens, int64_t position, const KvLayer& cache,
               const Target& target);

// Room for the partial results when one token's context is split between threads.
class AttentionScratch {
 public:
  // Error: out-of-memory.
  [[nodiscard]] static Result<AttentionScratch> create(int64_t heads, int64_t head_dim);
  AttentionScratch() = default;
  [[nodiscard]] size_t bytes() const { return memory_.bytes(); }
  [[nodiscard]] float* data() { return reinterpret_cast<float*>(memory_.data()); }

 private:
  Memory memory_;
};

struct AttentionForm {
  float scale = 1;     // Of scores: usually 1 / sqrt(head_dim).
  float softcap = 0;   // Scores become softcap * tanh(score / softcap); 0: they stay.
  int64_t window = 0;  // Of positions that a token sees, its own included; 0: all up to its own.
};

// queries: [tokens, heads * head_dim], token t being at `position` + t; what it sees is in the cache already
// -> out: the same shape. heads is a multiple of kv_heads; query head h reads kv head h / (heads / kv_heads).
void attention(const float* queries, int64_t tokens, int64_t position, int64_t heads,
               const AttentionForm& form, const KvLayer& cache, float* out, AttentionScratch& scratch,
               const Target& target);

}  // namespace tandem::cpu
