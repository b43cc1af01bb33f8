// A matmul as kernels in the queue: input into tiles, then panels x tiles, for each run of packed panels.
#include <algorithm>

#include "backends/opencl/kernel_arguments.h"
#include "backends/opencl/opencl_program.h"

namespace tandem::opencl {
namespace {

// Index in kTiles of the smallest tile that holds all tokens, else of the largest; -1: one token needs none.
int tile_for(int64_t tokens) {
  if (tokens == 1) return -1;
  return tokens <= kTiles[0] ? 0 : tokens <= kTiles[1] ? 1 : 2;
}

}  // namespace

Result<void> OpenClProgram::run_matmul(const Part& part, const Step& step) {
  const int tile = tile_for(part.tokens);
  if (tile >= 0) TANDEM_TRY(pack_input(part, tile));
  if (tile < 0 && matrices_.at(op_of(part).weight).kernels->form.dot) TANDEM_TRY(quantise_input(part));
  // A whole matmul whose output is split writes one block after the other.
  const int64_t end = part.first_row + part.rows;
  const int64_t cut = std::clamp<int64_t>(part.output_split, part.first_row, end);
  if (cut > part.first_row) TANDEM_TRY(run_rows(part, step, part.first_row, cut - part.first_row, tile));
  if (cut < end) TANDEM_TRY(run_rows(part, step, cut, end - cut, tile));
  return {};
}

Result<void> OpenClProgram::pack_input(const Part& part, int tile) {
  const Op& op = op_of(part);
  const Packed wanted{op.inputs[0], part.first_token, part.tokens, kTiles[tile]};
  if (packed_ == wanted) return {};
  packed_ = wanted;
  const int64_t tiles = (part.tokens + wanted.tile - 1) / wanted.tile;
  const size_t group = device_.facts().is_cpu ? 1 : 16;
  return launcher_.run(elementwise_.at("pack_tokens"),
                       {{count((op.k + 15) / 16), count(tiles), 1}, {group, 1, 1}}, memory_of(op.inputs[0]),
                       i32(part.first_token * op.k), tiles_.buffer.get(), i32(part.tokens), i32(op.k),
                       i32(wanted.tile));
}

Result<void> OpenClProgram::quantise_input(const Part& part) {
  const Op& op = op_of(part);
  const Packed wanted{op.inputs[0], part.first_token, 1, 0};
  if (quantised_token_ == wanted) return {};
  quantised_token_ = wanted;
  const size_t group = device_.facts().is_cpu ? 1 : 16;
  return launcher_.run(elementwise_.at("quantize_token"), {{count(op.k / 32), 1, 1}, {group, 1, 1}},
                       memory_of(op.inputs[0]), i32(part.first_token * op.k), quantised_.buffer.get(),
                       i32(op.k));
}

Result<void> OpenClProgram::run_rows(const Part& part, const Step& step, int64_t first_row, int64_t rows,
                                     int tile) {
  const Op& op = op_of(part);
  const Matrix& matrix = matrices_.at(op.weight);
  const MatmulKernels& kernels = *matrix.kernels;
  const Place out = place(op.output, part.output_split, step, part.first_token, first_row);
  const int32_t has_bias = op.bias == kNoWeight ? 0 : 1;
  const cl_mem bias = has_bias == 0 ? out.memory : vectors_.at(op.bias).get();
  for (const DeviceMatrix::Segment& segment : matrix.weight.segments()) {
    const int64_t begin = std::max(first_row / kPanelRows, segment.first_panel);
    const int64_t end = std::min((first_row + rows + kPanelRows - 1) / kPanelRows, segment.end_panel());
    if (begin >= end) continue;
    const size_t lanes = count(kPanelRows / device_.width());
    if (tile < 0) {
      const size_t items = count(kernels.form.items);
      const cl_mem token = kernels.form.dot ? quantised_.buffer.get() : memory_of(op.inputs[0]);
      TANDEM_TRY(launcher_.run(kernels.gemv, {{count(end - begin) * lanes, items, 1}, {lanes, items, 1}},
                               segment.buffer.get(), i32(segment.first_panel), token,
                               kernels.form.dot ? 0 : i32(part.first_token * op.k), out.memory, out.offset,
                               bias, has_bias, i32(op.k), i32(begin), i32(first_row), i32(rows)));
      continue;
    }
    const int64_t tiles = (part.tokens + kTiles[tile] - 1) / kTiles[tile];
    const int64_t per_item = kernels.sizes.panels_per_item;
    const size_t group = count(kernels.sizes.gemm_group);
    TANDEM_TRY(launcher_.run(
        kernels.gemm[count(tile)],
        {{count(tiles), count((end - begin + per_item - 1) / per_item) * lanes, 1}, {1, group, 1}},
        segment.buffer.get(), i32(segment.first_panel), tiles_.buffer.get(), out.memory, out.offset,
        out.stride, bias, has_bias, i32(op.k), i32(begin), i32(end - begin), i32(per_item), i32(first_row),
        i32(rows), i32(part.tokens)));
  }
  return {};
}

}  // namespace tandem::opencl
