// Attention of a tile of query rows over a run of the cache, written once over Vec (include a simd_*.h and
// float_ops.h first). Online softmax: the sums are kept relative to the largest score so far and corrected
// when it grows.
#pragma once

#include <cstdint>

#include "backends/cpu/float_ops.h"
#include "backends/cpu/kernel_args.h"

namespace tandem::cpu {
namespace {

constexpr int kVecsPerKeys = kKeyBlock / kLanes;
constexpr float kMasked = -1e30f;

// scores[r][0..16) = scale * q[r] . k of 16 positions, for R rows.
template <int R>
void score_rows(const AttentionTileArgs& args, int first, int64_t key_block, float* scores) {
  Vec sums[R][kVecsPerKeys];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < kVecsPerKeys; ++v) sums[r][v] = zero();
  }
  const uint16_t* keys = args.keys + key_block * args.head_dim * kKeyBlock;
  const float* queries[R];
  for (int r = 0; r < R; ++r) queries[r] = args.queries[first + r];
  for (int64_t d = 0; d < args.head_dim; ++d) {
    Vec k[kVecsPerKeys];
    for (int v = 0; v < kVecsPerKeys; ++v) k[v] = load_half(keys + d * kKeyBlock + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const Vec q = set1(queries[r][d]);
#pragma GCC unroll 4
      for (int v = 0; v < kVecsPerKeys; ++v) sums[r][v] = fma(q, k[v], sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < kVecsPerKeys; ++v) {
      store(scores + (first + r) * kPositionsAtOnce + v * kLanes, mul(sums[r][v], set1(args.scale)));
    }
  }
}

// sums[r] += weights[r] x values of `count` positions, for R rows.
template <int R>
void add_values_rows(const AttentionTileArgs& args, int first, int64_t position, int64_t count,
                     const float* weights) {
  for (int64_t d = 0; d < args.padded_dim; d += kLanes) {
    Vec sums[R];
    for (int r = 0; r < R; ++r) sums[r] = load(args.sums + (first + r) * args.padded_dim + d);
    const uint16_t* values = args.values + position * args.padded_dim + d;
    for (int64_t p = 0; p < count; ++p) {
      const Vec v = load_half(values + p * args.padded_dim);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
        sums[r] = fma(set1(weights[(first + r) * kPositionsAtOnce + p]), v, sums[r]);
    }
    for (int r = 0; r < R; ++r) store(args.sums + (first + r) * args.padded_dim + d, sums[r]);
  }
}

// Turns scores of one row into weights exp(score - maximum); positions before `hidden` and from `visible` on
// weigh nothing.
inline void soften_row(const AttentionTileArgs& args, int row, int64_t hidden, int64_t visible, int64_t count,
                       float* scores) {
  if (args.softcap > 0) softcap(scores, args.softcap, count, scores);
  for (int64_t p = 0; p < hidden; ++p) scores[p] = kMasked;
  for (int64_t p = visible < 0 ? 0 : visible; p < kPositionsAtOnce; ++p) scores[p] = kMasked;
  Vec best = set1(args.maximum[row]);
  for (int64_t p = 0; p < count; p += kLanes) best = max(best, load(scores + p));
  const float maximum = reduce_max(best);
  Vec sum = zero();
  for (int64_t p = 0; p < count; p += kLanes) {
    const Vec e = exp_of(sub(load(scores + p), set1(maximum)));
    store(scores + p, e);
    sum = add(sum, e);
  }
  float correction[kLanes];
  store(correction, exp_of(set1(args.maximum[row] - maximum)));
  args.weight[row] = args.weight[row] * correction[0] + reduce_add(sum);
  if (maximum == args.maximum[row]) return;
  args.maximum[row] = maximum;
  float* sums = args.sums + row * args.padded_dim;
  for (int64_t d = 0; d < args.padded_dim; d += kLanes)
    store(sums + d, mul(load(sums + d), set1(correction[0])));
}

template <typename Eight, typename Four, typename One>
inline void by_rows(int rows, Eight&& eight, Four&& four, One&& one) {
  int r = 0;
  for (; r + 8 <= rows; r += 8) eight(r);
  for (; r + 4 <= rows; r += 4) four(r);
  for (; r < rows; ++r) one(r);
}

void attention_tile(const AttentionTileArgs& args) {
  alignas(64) float scores[kAttentionRows * kPositionsAtOnce];
  for (int r = 0; r < args.rows; ++r) {
    args.maximum[r] = kMasked;
    args.weight[r] = 0;
  }
  for (int64_t i = 0; i < args.rows * args.padded_dim; ++i) args.sums[i] = 0;
  for (int64_t begin = args.begin; begin < args.end; begin += kPositionsAtOnce) {
    const int64_t left = args.end - begin;
    const int64_t count = left < kPositionsAtOnce ? left : kPositionsAtOnce;
    for (int64_t p = 0; p < count; p += kKeyBlock) {
      const int64_t key_block = (begin + p) / kKeyBlock;
      by_rows(
          args.rows,
          [&](int r) {
            if constexpr (kVecsPerKeys == 1) {
              score_rows<8>(args, r, key_block, scores + p);
            } else {  // Eight rows would need more registers than there are.
              score_rows<4>(args, r, key_block, scores + p);
              score_rows<4>(args, r + 4, key_block, scores + p);
            }
          },
          [&](int r) { score_rows<4>(args, r, key_block, scores + p); },
          [&](int r) { score_rows<1>(args, r, key_block, scores + p); });
    }
    for (int r = 0; r < args.rows; ++r) {
      const int64_t seen = args.last[r] + 1 - begin;
      const int64_t hidden = args.first[r] - begin;
      soften_row(args, r, hidden < count ? hidden : count, seen < count ? seen : count, count,
                 scores + r * kPositionsAtOnce);
    }
    by_rows(
        args.rows, [&](int r) { add_values_rows<8>(args, r, begin, count, scores); },
        [&](int r) { add_values_rows<4>(args, r, begin, count, scores); },
        [&](int r) { add_values_rows<1>(args, r, begin, count, scores); });
  }
}

}  // namespace
}  // namespace tandem::cpu
