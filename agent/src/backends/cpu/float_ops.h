// The small float operations, written once over Vec (include a simd_*.h first).
#pragma once

#include <cstdint>

#include "backends/cpu/kernel_args.h"

namespace tandem::cpu {
namespace {

// exp(x), relative error about 2e-7 within [-87, 88], constant beyond; NaN stays NaN.
// Range reduction by ln 2 in two parts, then Taylor's polynomial of degree 7 on [-ln 2 / 2, ln 2 / 2].
inline Vec exp_of(Vec x) {
  x = min(set1(88.0f), max(set1(-87.0f), x));
  const Vec n = round(mul(x, set1(1.44269504f)));
  Vec r = fma(n, set1(-0.693359375f), x);
  r = fma(n, set1(2.12194440e-4f), r);
  Vec p = set1(1.0f / 5040);
  p = fma(p, r, set1(1.0f / 720));
  p = fma(p, r, set1(1.0f / 120));
  p = fma(p, r, set1(1.0f / 24));
  p = fma(p, r, set1(1.0f / 6));
  p = fma(p, r, set1(0.5f));
  p = fma(p, r, set1(1.0f));
  p = fma(p, r, set1(1.0f));
  return scale2(p, n);
}

inline float sum_of_squares(const float* x, int64_t count) {
  Vec sums[4] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    for (int u = 0; u < 4; ++u) {
      const Vec v = load(x + i + u * kLanes);
      sums[u] = fma(v, v, sums[u]);
    }
  }
  for (; i + kLanes <= count; i += kLanes) {
    const Vec v = load(x + i);
    sums[0] = fma(v, v, sums[0]);
  }
  float sum = reduce_add(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
  for (; i < count; ++i) sum += x[i] * x[i];
  return sum;
}

void rms_norm(const float* input, const float* weight, float epsilon, int64_t columns, float* out) {
  const float mean = sum_of_squares(input, columns) / static_cast<float>(columns);
  const float factor = 1.0f / __builtin_sqrtf(mean + epsilon);
  int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    store(out + i, mul(mul(load(input + i), set1(factor)), load(weight + i)));
  }
  for (; i < columns; ++i) out[i] = input[i] * factor * weight[i];
}

inline Vec swiglu_of(Vec gate, Vec up) {
  const Vec denominator = add(set1(1.0f), exp_of(sub(zero(), gate)));
  return mul(div(gate, denominator), up);
}

// gelu(x) = x / (1 + exp(-2 u)) with u = sqrt(2 / pi) (x + 0.044715 x^3): the form by tanh, without it.
inline Vec geglu_of(Vec gate, Vec up) {
  const Vec square = mul(gate, gate);
  const Vec twice_u = mul(gate, fma(square, set1(0.0713548163f), set1(1.59576912f)));
  const Vec denominator = add(set1(1.0f), exp_of(sub(zero(), twice_u)));
  return mul(div(gate, denominator), up);
}

template <Vec (*Of)(Vec, Vec)>
void gated(const float* gate, const float* up, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, Of(load(gate + i), load(up + i)));
  if (i == count) return;
  float g[kLanes] = {}, u[kLanes] = {}, result[kLanes];
  for (int64_t k = 0; k < count - i; ++k) {
    g[k] = gate[i + k];
    u[k] = up[i + k];
  }
  store(result, Of(load(g), load(u)));
  for (int64_t k = 0; k < count - i; ++k) out[i + k] = result[k];
}

// cap * tanh(x / cap), tanh(y) = 1 - 2 / (exp(2 y) + 1).
inline Vec softcap_of(Vec x, Vec cap, Vec twice_inverse) {
  const Vec part = div(set1(2.0f), add(exp_of(mul(x, twice_inverse)), set1(1.0f)));
  return mul(cap, sub(set1(1.0f), part));
}

void softcap(const float* input, float cap, int64_t count, float* out) {
  const Vec caps = set1(cap), twice_inverse = set1(2.0f / cap);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, softcap_of(load(input + i), caps, twice_inverse));
  if (i == count) return;
  float rest[kLanes] = {};
  for (int64_t k = 0; k < count - i; ++k) rest[k] = input[i + k];
  store(rest, softcap_of(load(rest), caps, twice_inverse));
  for (int64_t k = 0; k < count - i; ++k) out[i + k] = rest[k];
}

void add_values(const float* a, const float* b, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, add(load(a + i), load(b + i)));
  for (; i < count; ++i) out[i] = a[i] + b[i];
}

void to_half(const float* input, int64_t count, uint16_t* out) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store_half(out + i, load(input + i));
  if (i == count) return;
  float padded[kLanes] = {};
  uint16_t result[kLanes];
  for (int64_t k = 0; k < count - i; ++k) padded[k] = input[i + k];
  store_half(result, load(padded));
  for (int64_t k = 0; k < count - i; ++k) out[i + k] = result[k];
}

inline void rotate_halves(float* x, const RopeArgs& args) {
  const int64_t half = args.dims / 2;
  int64_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    const Vec a = load(x + i), b = load(x + half + i);
    const Vec c = load(args.cosines + i), s = load(args.sines + i);
    store(x + i, sub(mul(a, c), mul(b, s)));
    store(x + half + i, add(mul(a, s), mul(b, c)));
  }
  for (; i < half; ++i) {
    const float a = x[i], b = x[half + i];
    x[i] = a * args.cosines[i] - b * args.sines[i];
    x[half + i] = a * args.sines[i] + b * args.cosines[i];
  }
}

inline void rotate_neighbours(float* x, const RopeArgs& args) {
  int64_t i = 0;
  for (; i + kLanes <= args.dims; i += kLanes) {
    const Vec v = load(x + i);
    store(x + i, add(mul(v, load(args.cosines + i)), mul(swap_neighbours(v), load(args.sines + i))));
  }
  for (; i < args.dims; i += 2) {
    const float a = x[i], b = x[i + 1];
    x[i] = a * args.cosines[i] + b * args.sines[i];
    x[i + 1] = b * args.cosines[i + 1] + a * args.sines[i + 1];
  }
}

void rope(const RopeArgs& args) {
  for (int64_t head = 0; head < args.heads; ++head) {
    float* x = args.values + head * args.head_dim;
    if (args.split_half) {
      rotate_halves(x, args);
    } else {
      rotate_neighbours(x, args);
    }
  }
}

}  // namespace
}  // namespace tandem::cpu
