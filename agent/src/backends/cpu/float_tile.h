// F32, F16 and BF16 weights times fp32 activations, written once over Vec (include a simd_*.h first).
//
// 16-bit weights lie in pairs of k per row, so a vector holds kLanes / 2 rows; the two sums of a row are
// added at the end. Accumulators stay in registers: C tokens x V vectors of weights.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

template <FloatWeights W>
inline Vec load_weights(const uint8_t* group, int vec) {
  if constexpr (W == kWeightsF32) return load(reinterpret_cast<const float*>(group) + vec * kLanes);
  if constexpr (W == kWeightsF16) return load_half(reinterpret_cast<const uint16_t*>(group) + vec * kLanes);
  if constexpr (W == kWeightsBF16) return load_bf16(reinterpret_cast<const uint16_t*>(group) + vec * kLanes);
}

// Writes kLanes sums of one token, from `row` on.
inline void store_sums(const FloatTileArgs& args, int token, int row, Vec sums) {
  if (token >= args.tokens || row >= args.rows) return;
  float* out = args.out + token * args.out_stride + row;
  if (row + kLanes <= args.rows) {
    store(out, sums);
    return;
  }
  float lanes[kLanes];
  store(lanes, sums);
  for (int i = 0; row + i < args.rows; ++i) out[i] = lanes[i];
}

constexpr int smaller(int a, int b) { return a < b ? a : b; }

// One token: weights stream from memory, so whole groups are read in order, far ahead, into sums enough that
// no addition waits for the one before.
template <FloatWeights W>
void float_row(const FloatTileArgs& args) {
  constexpr bool kPairs = W != kWeightsF32;
  constexpr int kVecs = (kPairs ? 32 : 16) / kLanes;
  constexpr int kGroupBytes = kPairs ? 64 : 128;
  constexpr int kUnroll = kLanes == 16 ? 4 : kLanes == 8 ? 2 : 1;  // Pairs of k that have sums of their own.
  const auto* x = reinterpret_cast<const float*>(args.tile);
  Vec sums[kUnroll][kVecs];
  for (int u = 0; u < kUnroll; ++u) {
    for (int v = 0; v < kVecs; ++v) sums[u][v] = zero();
  }
  const auto multiply = [&](int64_t pair, Vec* into) {
    const uint8_t* group = args.panel + pair * kGroupBytes;
    for (int o = 0; o < kGroupBytes; o += 64) __builtin_prefetch(group + o + 8192);
    for (int k = 0; k < (kPairs ? 1 : 2); ++k) {
      const Vec a = kPairs ? set_pair(x + 2 * pair) : set1(x[2 * pair + k]);
#pragma GCC unroll 8
      for (int v = 0; v < kVecs; ++v) into[v] = fma(load_weights<W>(group, v + k * kVecs), a, into[v]);
    }
  };
  int64_t pair = 0;
  for (; pair + kUnroll <= args.pairs; pair += kUnroll) {
#pragma GCC unroll 4
    for (int u = 0; u < kUnroll; ++u) multiply(pair + u, sums[u]);
  }
  for (; pair < args.pairs; ++pair) multiply(pair, sums[0]);
  for (int u = 1; u < kUnroll; ++u) {
    for (int v = 0; v < kVecs; ++v) sums[0][v] = add(sums[0][v], sums[u][v]);
  }
  if constexpr (kPairs) {
    for (int v = 0; v < kVecs; v += 2)
      store_sums(args, 0, v * kLanes / 2, pair_sums(sums[0][v], sums[0][v + 1]));
  } else {
    for (int v = 0; v < kVecs; ++v) store_sums(args, 0, v * kLanes, sums[0][v]);
  }
}

template <FloatWeights W, int T>
void float_tile(const FloatTileArgs& args) {
  constexpr bool kPairs = W != kWeightsF32;
  constexpr int kVecs = (kPairs ? 32 : 16) / kLanes;  // Of one pair of k, or of one k.
  constexpr int kGroupBytes = kPairs ? 64 : 128;      // Of a pair of k.
  constexpr int V = smaller(kVecs, kLanes == 4 ? 4 : 2);
  constexpr int C = smaller(T, kLanes == 16 ? 16 / V : 4);
  const auto* x = reinterpret_cast<const float*>(args.tile);
  for (int first = 0; first < kVecs; first += V) {
    for (int token = 0; token < T; token += C) {
      Vec sums[C][V];
      for (int c = 0; c < C; ++c) {
        for (int v = 0; v < V; ++v) sums[c][v] = zero();
      }
      for (int64_t pair = 0; pair < args.pairs; ++pair) {
        const uint8_t* group = args.panel + pair * kGroupBytes;
        const float* tokens = x + (pair * T + token) * 2;
        for (int k = 0; k < (kPairs ? 1 : 2); ++k) {
          Vec w[V];
#pragma GCC unroll 8
          for (int v = 0; v < V; ++v) w[v] = load_weights<W>(group, first + v + k * kVecs);
#pragma GCC unroll 16
          for (int c = 0; c < C; ++c) {
            const Vec a = kPairs ? set_pair(tokens + 2 * c) : set1(tokens[2 * c + k]);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) sums[c][v] = fma(w[v], a, sums[c][v]);
          }
        }
      }
      for (int c = 0; c < C; ++c) {
        if constexpr (kPairs) {
          for (int v = 0; v < V; v += 2) {
            store_sums(args, token + c, (first + v) * kLanes / 2, pair_sums(sums[c][v], sums[c][v + 1]));
          }
        } else {
          for (int v = 0; v < V; ++v) store_sums(args, token + c, (first + v) * kLanes, sums[c][v]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem::cpu
