#include "backends/cpu/matmul.h"

#include <algorithm>
#include <array>
#include <optional>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/tensor_format.h"

namespace tandem::cpu {
namespace {

// Prepared input that should stay in a core's second-level cache while panels of weights pass by.
constexpr int64_t kInputBytesInCache = 384 << 10;
// Weights per chunk when they stream from memory: some microseconds of work.
constexpr int64_t kStreamChunkBytes = 256 << 10;

// Rows [first_row, last_row) of a weight times tiles of the input. `out` is the place of (token 0,
// first_row).
class PanelTimesTile {
 public:
  PanelTimesTile(const PackedMatrix& weight, int64_t first_row, int64_t last_row, float* out,
                 int64_t out_stride, Isa isa)
      : weight_(weight),
        first_row_(first_row),
        last_row_(last_row),
        out_(out),
        out_stride_(out_stride),
        isa_(isa),
        format_(format_of(weight.type())) {}

  void operator()(int64_t panel, const ActivationTile& tile) const {
    const int64_t begin = panel * kPanelRows;
    const int rows = static_cast<int>(std::min<int64_t>(kPanelRows, last_row_ - begin));
    float* out = out_ + tile.first_token * out_stride_ + begin - first_row_;
    if (begin >= first_row_) return run(panel, tile, out, out_stride_, rows);
    // The rows begin inside this panel.
    std::array<float, kPanelRows * kPanelRows> whole;
    run(panel, tile, whole.data(), kPanelRows, rows);
    for (int64_t token = 0; token < tile.tokens; ++token) {
      for (int64_t row = first_row_ - begin; row < rows; ++row)
        out[token * out_stride_ + row] = whole[static_cast<size_t>(token * kPanelRows + row)];
    }
  }

 private:
  void run(int64_t panel, const ActivationTile& tile, float* out, int64_t out_stride, int rows) const {
    const auto* bytes = reinterpret_cast<const uint8_t*>(weight_.panel(panel));
    if (format_) {
      const bool half_sums = kPackedFormats[*format_].scales == Scales::kSuperMin16;
      quant_kernels(isa_).tiles[*format_][tile.width_index](
          {bytes, weight_.columns() / kBlock, tile.int8, tile.half_bias,
           half_sums ? tile.half_sums : tile.sums, out, out_stride, rows, tile.tokens});
      return;
    }
    const bool bf16 = tile.bf16 != nullptr && weight_.type() != TensorType::kF32;
    const auto* x = bf16 ? tile.bf16 : reinterpret_cast<const uint8_t*>(tile.floats);
    const FloatTileArgs args{bytes, (weight_.columns() + 1) / 2, x, out, out_stride, rows, tile.tokens};
    if (bf16) {
      const Bf16Kernels& kernels = *bf16_kernels(isa_);
      weight_.type() == TensorType::kF16 ? kernels.f16(args) : kernels.bf16(args);
      return;
    }
    const FloatWeights kind = weight_.type() == TensorType::kF32   ? kWeightsF32
                              : weight_.type() == TensorType::kF16 ? kWeightsF16
                                                                   : kWeightsBF16;
    float_kernels(isa_).tiles[kind][tile.width_index](args);
  }

  const PackedMatrix& weight_;
  int64_t first_row_;
  int64_t last_row_;
  float* out_;
  int64_t out_stride_;
  Isa isa_;
  std::optional<Format> format_;
};

int64_t tile_bytes(const PackedMatrix& weight, const PreparedActivations& input) {
  const int64_t values = 16 * input.columns();
  if (format_of(weight.type())) return values * 5 / 4;
  return weight.type() == TensorType::kF32 ? values * 4 : values * 2;
}

}  // namespace

void matmul(const PackedMatrix& weight, const PreparedActivations& input, float* out, int64_t out_stride,
            const Target& target) {
  matmul_rows(weight, 0, weight.rows(), input, out, out_stride, target);
}

void matmul_rows(const PackedMatrix& weight, int64_t first_row, int64_t rows,
                 const PreparedActivations& input, float* out, int64_t out_stride, const Target& target) {
  const PanelTimesTile multiply(weight, first_row, first_row + rows, out, out_stride, target.isa);
  const int64_t first_panel = first_row / kPanelRows;
  const int64_t panels = (first_row + rows + kPanelRows - 1) / kPanelRows - first_panel;
  const int64_t threads = target.pool.threads();
  if (input.tiles() == 1) {
    const ActivationTile tile = input.tile(0);
    const int64_t even = (panels + threads * 8 - 1) / (threads * 8);
    const int64_t chunk =
        std::max<int64_t>(kStreamChunkBytes / static_cast<int64_t>(weight.panel_bytes()), 1);
    const int64_t grain = threads == 1 ? panels : std::min(even, chunk);
    target.pool.parallel_for(panels, grain, [&](int64_t begin, int64_t end, int) {
      for (int64_t p = begin; p < end; ++p) multiply(first_panel + p, tile);
    });
    return;
  }
  // Blocks of tokens outside, panels inside: a panel meets all tiles of a block while it is in the
  // first-level cache.
  const int64_t tiles_at_once = std::clamp<int64_t>(kInputBytesInCache / tile_bytes(weight, input), 2, 64);
  const int64_t token_blocks = (input.tiles() + tiles_at_once - 1) / tiles_at_once;
  const int64_t items = token_blocks * panels;
  const int64_t grain = std::clamp<int64_t>(items / (threads * 16), 1, 4);
  target.pool.parallel_for(items, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t first = item / panels * tiles_at_once;
      const int64_t last = std::min(first + tiles_at_once, input.tiles());
      for (int64_t t = first; t < last; ++t) multiply(first_panel + item % panels, input.tile(t));
    }
  });
}

}  // namespace tandem::cpu
