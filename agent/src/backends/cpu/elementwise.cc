#include "backends/cpu/elementwise.h"

#include <algorithm>

#include "backends/cpu/dispatch.h"

namespace tandem::cpu {
namespace {

// Values that one thread works through before a second one would help.
constexpr int64_t kChunk = 16384;

int64_t rows_per_chunk(int64_t columns) {
  return std::max<int64_t>(kChunk / std::max<int64_t>(columns, 1), 1);
}

}  // namespace

void rms_norm(const float* input, const float* weight, float epsilon, int64_t rows, int64_t columns,
              float* out, const Target& target) {
  const auto kernel = float_kernels(target.isa).rms_norm;
  target.pool.parallel_for(rows, rows_per_chunk(columns), [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r)
      kernel(input + r * columns, weight, epsilon, columns, out + r * columns);
  });
}

void swiglu(const float* gate, const float* up, int64_t count, float* out, const Target& target) {
  const auto kernel = float_kernels(target.isa).swiglu;
  target.pool.parallel_for(count, kChunk, [&](int64_t begin, int64_t end, int) {
    kernel(gate + begin, up + begin, end - begin, out + begin);
  });
}

void geglu(const float* gate, const float* up, int64_t count, float* out, const Target& target) {
  const auto kernel = float_kernels(target.isa).geglu;
  target.pool.parallel_for(count, kChunk, [&](int64_t begin, int64_t end, int) {
    kernel(gate + begin, up + begin, end - begin, out + begin);
  });
}

void softcap(const float* input, float cap, int64_t count, float* out, const Target& target) {
  const auto kernel = float_kernels(target.isa).softcap;
  target.pool.parallel_for(count, kChunk, [&](int64_t begin, int64_t end, int) {
    kernel(input + begin, cap, end - begin, out + begin);
  });
}

void add(const float* a, const float* b, int64_t count, float* out, const Target& target) {
  const auto kernel = float_kernels(target.isa).add;
  target.pool.parallel_for(count, kChunk, [&](int64_t begin, int64_t end, int) {
    kernel(a + begin, b + begin, end - begin, out + begin);
  });
}

void add_bias(const float* bias, int64_t rows, int64_t columns, float* values, const Target& target) {
  const auto kernel = float_kernels(target.isa).add;
  target.pool.parallel_for(rows, rows_per_chunk(columns), [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) kernel(values + r * columns, bias, columns, values + r * columns);
  });
}

}  // namespace tandem::cpu
