// Attention as kernels in the queue (kernels/attention.cl).
#include <algorithm>

#include "backends/opencl/kernel_arguments.h"
#include "backends/opencl/opencl_program.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kPositions = 64;       // POSITIONS of the kernel.
constexpr int64_t kShortestSplit = 256;  // Positions; joining shorter ones costs more than it gains.

int64_t local_bytes(int tile, int64_t head_dim) {
  const int64_t padded = (head_dim + 15) / 16 * 16;
  return tile * (head_dim + kPositions + padded + 3) * static_cast<int64_t>(sizeof(float));
}

}  // namespace

Result<void> OpenClProgram::run_attention(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const HyperParameters& shape = graph_.shape;
  const int64_t rows = part.tokens * (shape.heads / shape.kv_heads);
  size_t tile = rows <= kTiles[0] ? 0 : rows <= kTiles[1] ? 1 : 2;
  while (tile > 0 &&
         local_bytes(kTiles[tile], shape.head_dim) > static_cast<int64_t>(device_.facts().local_bytes))
    --tile;
  const int64_t tiles = (rows + kTiles[tile] - 1) / kTiles[tile];
  const int64_t position = position_of(part, step);
  const int64_t window = op.local ? shape.window : 0;
  // What the first token sees, whole blocks of it; only one tile of rows is split.
  const int64_t earliest = window == 0 ? 0 : std::max<int64_t>(position + 1 - window, 0);
  const int64_t context = position + part.tokens - earliest / kPositions * kPositions;
  // Enough work-groups for all units, where one tile of rows gives too few.
  int64_t splits = 1;
  if (rows <= kMostSplitRows) {
    const int64_t wanted = (4 * device_.facts().compute_units + shape.kv_heads - 1) / shape.kv_heads;
    splits = std::clamp<int64_t>(std::min(wanted, context / kShortestSplit), 1, kMostSplits);
  }
  const int64_t split_positions =
      ((context + splits - 1) / splits + kPositions - 1) / kPositions * kPositions;
  const OpenClCache::Layer& layer = cache_->layer(op.layer);
  const Place in = place(op.inputs[0], 0, step, part.first_token, 0);
  const Place out = place(op.output, 0, step, part.first_token, 0);
  const size_t group = count(attention_items(device_));
  TANDEM_TRY(launcher_.run(
      attention_[tile], {{count(tiles) * group, count(shape.kv_heads), count(splits)}, {group, 1, 1}},
      in.memory, in.offset, layer.keys.get(), layer.values.get(), i32(cache_->capacity()), out.memory,
      out.offset, partial_.buffer.get(), i32(splits), i32(split_positions), i32(part.tokens), i32(position),
      i32(window), shape.score_scale(), shape.attention_softcap));
  if (splits == 1) return {};
  return launcher_.run(combine_, {{count(shape.head_dim), count(rows), count(shape.kv_heads)}, {1, 1, 1}},
                       partial_.buffer.get(), out.memory, out.offset, i32(rows), i32(splits));
}

}  // namespace tandem::opencl
