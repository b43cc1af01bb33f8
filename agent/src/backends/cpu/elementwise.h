// The small operations of a transformer layer. All fp32; inputs and outputs may be the same memory.
#pragma once

#include <cstdint>

#include "backends/cpu/target.h"

namespace tandem::cpu {

// Each row of [rows, columns] times 1 / sqrt(mean(x^2) + epsilon) times weight: [columns]. For a norm per
// head (qwen3) rows = tokens * heads and columns = head_dim. (Zhang and Sennrich 2019.)
void rms_norm(const float* input, const float* weight, float epsilon, int64_t rows, int64_t columns,
              float* out, const Target& target);

// out = silu(gate) * up over `count` values, silu(x) = x / (1 + exp(-x)). (Shazeer 2020.)
void swiglu(const float* gate, const float* up, int64_t count, float* out, const Target& target);

// out = gelu(gate) * up over `count` values, gelu in its form by tanh. (Hendrycks and Gimpel 2016.)
void geglu(const float* gate, const float* up, int64_t count, float* out, const Target& target);

// out = cap * tanh(input / cap) over `count` values.
void softcap(const float* input, float cap, int64_t count, float* out, const Target& target);

// out = a + b over `count` values.
void add(const float* a, const float* b, int64_t count, float* out, const Target& target);

// Adds bias: [columns] to each row of values: [rows, columns].
void add_bias(const float* bias, int64_t rows, int64_t columns, float* values, const Target& target);

}  // namespace tandem::cpu
