#include "backends/cpu/attention.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/dispatch.h"

namespace tandem::cpu {
namespace {

constexpr int64_t kMaxSplits = 16;
// A split shorter than this gains less than its merge costs.
constexpr int64_t kMinSplit = 256;

int64_t padded(int64_t head_dim) { return (head_dim + 15) / 16 * 16; }

// Partial result of one head over one split: sums [padded_dim], then maximum and weight.
int64_t partial_floats(int64_t head_dim) { return padded(head_dim) + 2; }

struct TileResult {
  alignas(64) float sums[kAttentionRows * kMaxHeadDim];
  float maximum[kAttentionRows];
  float weight[kAttentionRows];
};

struct Shape {
  const float* queries;
  int64_t tokens;
  int64_t position;
  int64_t heads;
  AttentionForm form;
  const KvLayer& cache;
  float* out;

  int64_t group() const { return heads / cache.kv_heads; }  // Query heads that share a kv head.
  int64_t tiles() const { return (tokens * group() + kAttentionRows - 1) / kAttentionRows; }  // Per kv head.
  int64_t first_seen(int64_t at) const {  // From a position.
    return form.window == 0 ? 0 : std::max<int64_t>(at + 1 - form.window, 0);
  }
  int64_t offset(int64_t row, int64_t kv_head) const {  // Of a query row's values.
    return (row / group() * heads + kv_head * group() + row % group()) * cache.head_dim;
  }
};

// Rows [16 tile, ...) of a kv head over what they see of the positions from `begin` on, before `limit`.
AttentionTileArgs tile_args(const Shape& s, int64_t kv_head, int64_t tile, int64_t begin, int64_t limit,
                            TileResult& result) {
  AttentionTileArgs args{};
  const int64_t first = tile * kAttentionRows;
  args.rows = static_cast<int>(std::min<int64_t>(kAttentionRows, s.tokens * s.group() - first));
  for (int r = 0; r < args.rows; ++r) {
    args.queries[r] = s.queries + s.offset(first + r, kv_head);
    args.last[r] = s.position + (first + r) / s.group();
    args.first[r] = s.first_seen(args.last[r]);
  }
  args.scale = s.form.scale;
  args.softcap = s.form.softcap;
  args.keys = s.cache.keys + kv_head * s.cache.head_elements();
  args.values = s.cache.values + kv_head * s.cache.head_elements();
  args.head_dim = s.cache.head_dim;
  args.padded_dim = s.cache.padded_dim();
  args.begin = std::max(begin, args.first[0] / kKeyBlock * kKeyBlock);
  args.end = std::min(limit, args.last[args.rows - 1] + 1);
  args.sums = result.sums;
  args.maximum = result.maximum;
  args.weight = result.weight;
  return args;
}

void write_scaled(const float* sums, float weight, int64_t count, float* out) {
  const float inverse = 1.0f / weight;
  for (int64_t d = 0; d < count; ++d) out[d] = sums[d] * inverse;
}

// Adds the splits of one head, each relative to its own maximum.
void merge_splits(const float* partials, int64_t splits, int64_t split_stride, int64_t head_dim, float* out) {
  const int64_t dim = padded(head_dim);
  float maximum = partials[dim];
  for (int64_t i = 1; i < splits; ++i) maximum = std::max(maximum, partials[i * split_stride + dim]);
  float weight = 0;
  std::fill_n(out, head_dim, 0.0f);
  for (int64_t i = 0; i < splits; ++i) {
    const float* partial = partials + i * split_stride;
    const float factor = std::exp(partial[dim] - maximum);
    weight += factor * partial[dim + 1];
    for (int64_t d = 0; d < head_dim; ++d) out[d] += factor * partial[d];
  }
  write_scaled(out, weight, head_dim, out);
}

}  // namespace

void kv_append(const float* keys, const float* values, int64_t tokens, int64_t position, const KvLayer& cache,
               const Target& target) {
  const auto to_half = float_kernels(target.isa).to_half;
  const int64_t width = cache.kv_heads * cache.head_dim;
  const int64_t grain = tokens * width < 16384 ? cache.kv_heads : 1;
  target.pool.parallel_for(cache.kv_heads, grain, [&](int64_t begin, int64_t end, int) {
    uint16_t key[kMaxHeadDim];
    for (int64_t head = begin; head < end; ++head) {
      uint16_t* head_keys = cache.keys + head * cache.head_elements();
      uint16_t* head_values = cache.values + head * cache.head_elements();
      for (int64_t t = 0; t < tokens; ++t) {
        const int64_t p = position + t;
        const int64_t from = t * width + head * cache.head_dim;
        to_half(keys + from, cache.head_dim, key);
        uint16_t* block = head_keys + p / kKeyBlock * cache.head_dim * kKeyBlock + p % kKeyBlock;
        for (int64_t d = 0; d < cache.head_dim; ++d) block[d * kKeyBlock] = key[d];
        uint16_t* value = head_values + p * cache.padded_dim();
        to_half(values + from, cache.head_dim, value);
        std::fill(value + cache.head_dim, value + cache.padded_dim(), uint16_t{0});
      }
    }
  });
}

Result<AttentionScratch> AttentionScratch::create(int64_t heads, int64_t head_dim) {
  AttentionScratch scratch;
  const auto floats = static_cast<size_t>(kMaxSplits * heads * partial_floats(head_dim));
  TANDEM_ASSIGN(scratch.memory_, Memory::allocate(floats * sizeof(float)));
  return scratch;
}

void attention(const float* queries, int64_t tokens, int64_t position, int64_t heads,
               const AttentionForm& form, const KvLayer& cache, float* out, AttentionScratch& scratch,
               const Target& target) {
  const Shape shape{queries, tokens, position, heads, form, cache, out};
  const auto kernel = float_kernels(target.isa).attention;
  const int64_t tiles = shape.tiles();
  const int64_t items = cache.kv_heads * tiles;
  // Only one token's context is split, and of it what the token sees.
  const int64_t start = tokens == 1 ? shape.first_seen(position) / kKeyBlock * kKeyBlock : 0;
  const int64_t length = position + tokens - start;
  int64_t splits = 1;
  if (tokens == 1 && target.pool.threads() > 1) {
    const int64_t wanted = (4 * target.pool.threads() + items - 1) / items;
    splits = std::clamp<int64_t>(std::min(wanted, length / kMinSplit), 1, kMaxSplits);
  }
  const int64_t split_length = ((length + splits - 1) / splits + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
  splits = (length + split_length - 1) / split_length;
  const int64_t dim = cache.padded_dim();
  const int64_t head_stride = partial_floats(cache.head_dim);
  const int64_t split_stride = head_stride * heads;

  target.pool.parallel_for(items * splits, 1, [&](int64_t begin, int64_t end, int) {
    TileResult result;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t split = i % splits;
      // The last tiles see the most positions: they go first, so that no thread ends with one of them.
      const int64_t tile = tiles - 1 - i / splits / cache.kv_heads;
      const int64_t kv_head = i / splits % cache.kv_heads;
      const int64_t from = start + split * split_length;
      const auto args = tile_args(shape, kv_head, tile, from, from + split_length, result);
      kernel(args);
      for (int r = 0; r < args.rows; ++r) {
        const int64_t offset = shape.offset(tile * kAttentionRows + r, kv_head);
        if (splits == 1) {
          write_scaled(result.sums + r * dim, result.weight[r], cache.head_dim, out + offset);
          continue;
        }
        float* partial = scratch.data() + split * split_stride + offset / cache.head_dim * head_stride;
        std::copy_n(result.sums + r * dim, dim, partial);
        partial[dim] = result.maximum[r];
        partial[dim + 1] = result.weight[r];
      }
    }
  });
  if (splits == 1) return;
  for (int64_t head = 0; head < heads; ++head) {
    merge_splits(scratch.data() + head * head_stride, splits, split_stride, cache.head_dim,
                 out + head * cache.head_dim);
  }
}

}  // namespace tandem::cpu
