// Loops that do nothing but multiply, compiled for AVX-512.
#pragma once

#include <cstdint>

namespace tandem::bench {

// Each returns the multiply-adds that it did.
int64_t int8_loop(int64_t rounds);
int64_t bf16_loop(int64_t rounds);
int64_t fp32_loop(int64_t rounds);

}  // namespace tandem::bench
