// AVX-512 VNNI: four multiply-adds per lane and instruction, unsigned activations (value + 128) times signed
// weights; the 128 goes into the sums' first value.
#include <immintrin.h>

#include <algorithm>

#include "kernels/kernels.h"

namespace tandem::npu {
namespace {

constexpr int kWidths[] = {12, 12, 8};

template <int T>
void int8_tile(const Int8Tile& args) {
  __m512i sums[T][2];
  for (int half = 0; half < 2; ++half) {
    const __m512i start =
        _mm512_mullo_epi32(_mm512_loadu_si512(args.weight_sums + 16 * half), _mm512_set1_epi32(-128));
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) sums[t][half] = start;
  }
  const uint8_t* x = args.activations;
  const int8_t* weights = args.panel;
  for (int64_t quad = 0; quad < args.quads; ++quad, weights += 128, x += 4 * T) {
    const __m512i w0 = _mm512_load_si512(weights), w1 = _mm512_load_si512(weights + 64);
    if constexpr (T == 1) {
      _mm_prefetch(weights + 8192, _MM_HINT_T0);
      _mm_prefetch(weights + 8192 + 64, _MM_HINT_T0);
    }
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) {
      const __m512i token = _mm512_set1_epi32(reinterpret_cast<const int32_t*>(x)[t]);
      sums[t][0] = _mm512_dpbusd_epi32(sums[t][0], token, w0);
      sums[t][1] = _mm512_dpbusd_epi32(sums[t][1], token, w1);
    }
  }
  for (int half = 0; half < 2; ++half) {
    const int rows = std::clamp(args.rows - 16 * half, 0, 16);
    const auto mask = static_cast<__mmask16>((uint32_t{1} << rows) - 1);
    const __m512 scale = _mm512_loadu_ps(args.weight_scales + 16 * half);
    const __m512 bias =
        args.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, args.bias + 16 * half);
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) {
      if (t >= args.tokens) break;
      const __m512 scales = _mm512_mul_ps(scale, _mm512_set1_ps(args.token_scales[t]));
      _mm512_mask_storeu_ps(args.out + t * args.stride + 16 * half, mask,
                            _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[t][half]), scales, bias));
    }
  }
}

void tile(const Int8Tile& args) {
  if (args.width == 12) return int8_tile<12>(args);
  if (args.width == 8) return int8_tile<8>(args);
  int8_tile<1>(args);
}

}  // namespace

const Int8Kernels kInt8Avx512 = {"AVX-512 VNNI", kWidths, tile};

}  // namespace tandem::npu
