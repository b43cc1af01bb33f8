// Vectors of 4 floats: what the float kernels' templates are written in. For AArch64, whose baseline has
// NEON.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace tandem::cpu {
namespace {

using Vec = float32x4_t;
constexpr int kLanes = 4;

inline Vec zero() { return vdupq_n_f32(0); }
inline Vec set1(float x) { return vdupq_n_f32(x); }
inline Vec load(const float* p) { return vld1q_f32(p); }
inline void store(float* p, Vec v) { vst1q_f32(p, v); }
inline Vec load_half(const uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
inline Vec load_bf16(const uint16_t* p) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)); }
inline void store_half(uint16_t* p, Vec v) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v))); }
// p[0], p[1], p[0], p[1]
inline Vec set_pair(const float* p) {
  const float32x2_t pair = vld1_f32(p);
  return vcombine_f32(pair, pair);
}

inline Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
inline Vec sub(Vec a, Vec b) { return vsubq_f32(a, b); }
inline Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
inline Vec div(Vec a, Vec b) { return vdivq_f32(a, b); }
inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
inline Vec max(Vec a, Vec b) { return vmaxq_f32(a, b); }
inline Vec min(Vec a, Vec b) { return vminq_f32(a, b); }
inline Vec round(Vec a) { return vrndnq_f32(a); }
// a * 2^n, n whole and within [-126, 127]
inline Vec scale2(Vec a, Vec n) {
  const int32x4_t exponent = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23);
  return mul(a, vreinterpretq_f32_s32(exponent));
}

inline Vec swap_neighbours(Vec a) { return vrev64q_f32(a); }

inline float reduce_add(Vec v) { return vaddvq_f32(v); }
inline float reduce_max(Vec v) { return vmaxvq_f32(v); }

// a0+a1, a2+a3, b0+b1, b2+b3
inline Vec pair_sums(Vec a, Vec b) { return vpaddq_f32(a, b); }

}  // namespace
}  // namespace tandem::cpu
