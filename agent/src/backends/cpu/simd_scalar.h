// Vectors of 4 floats in plain C++: what the float kernels' templates are written in, for any CPU.
#pragma once

#include <cstdint>
#include <cstring>

#include "tensor/half.h"

namespace tandem::cpu {
namespace {

constexpr int kLanes = 4;
struct Vec {
  float lane[kLanes];
};

template <typename Fn>
inline Vec per_lane(Fn&& fn) {
  Vec v;
  for (int i = 0; i < kLanes; ++i) v.lane[i] = fn(i);
  return v;
}

inline Vec zero() { return Vec{}; }
inline Vec set1(float x) { return Vec{{x, x, x, x}}; }
inline Vec load(const float* p) { return Vec{{p[0], p[1], p[2], p[3]}}; }
inline void store(float* p, Vec v) { std::memcpy(p, v.lane, sizeof v.lane); }
inline Vec load_half(const uint16_t* p) {
  return per_lane([p](int i) { return half_to_float(p[i]); });
}
inline Vec load_bf16(const uint16_t* p) {
  return per_lane([p](int i) { return bf16_to_float(p[i]); });
}
inline void store_half(uint16_t* p, Vec v) {
  for (int i = 0; i < kLanes; ++i) p[i] = float_to_half(v.lane[i]);
}
// p[0], p[1], p[0], p[1]
inline Vec set_pair(const float* p) { return Vec{{p[0], p[1], p[0], p[1]}}; }

inline Vec add(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline Vec sub(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] - b.lane[i]; });
}
inline Vec mul(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline Vec div(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] / b.lane[i]; });
}
inline Vec fma(Vec a, Vec b, Vec c) { return add(mul(a, b), c); }
// Where one is NaN, b.
inline Vec max(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline Vec min(Vec a, Vec b) {
  return per_lane([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
// Adding and taking away 1.5 * 2^23 leaves no room for a fraction; for |a| < 2^22.
inline Vec round(Vec a) {
  return per_lane([&](int i) { return (a.lane[i] + 12582912.0f) - 12582912.0f; });
}
// a * 2^n, n whole and within [-126, 127]
inline Vec scale2(Vec a, Vec n) {
  return per_lane([&](int i) {
    const float clean = n.lane[i] == n.lane[i] ? n.lane[i] : 0.0f;  // A NaN has no integer; a carries it on.
    const int32_t bits = (static_cast<int32_t>(clean) + 127) * (1 << 23);
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return a.lane[i] * power;
  });
}

inline Vec swap_neighbours(Vec a) { return Vec{{a.lane[1], a.lane[0], a.lane[3], a.lane[2]}}; }

inline float reduce_add(Vec v) { return (v.lane[0] + v.lane[2]) + (v.lane[1] + v.lane[3]); }
inline float reduce_max(Vec v) {
  float best = v.lane[0];
  for (int i = 1; i < kLanes; ++i) best = v.lane[i] > best ? v.lane[i] : best;
  return best;
}

// a0+a1, a2+a3, b0+b1, b2+b3
inline Vec pair_sums(Vec a, Vec b) {
  return Vec{{a.lane[0] + a.lane[1], a.lane[2] + a.lane[3], b.lane[0] + b.lane[1], b.lane[2] + b.lane[3]}};
}

}  // namespace
}  // namespace tandem::cpu
