#include "backends/cpu/prepared_activations.h"

#include <algorithm>

#include "backends/cpu/dispatch.h"

namespace tandem::cpu {
namespace {

constexpr int kTile = 16;

int64_t blocks_of(int64_t columns) { return columns / kBlock; }
int64_t pairs_of(int64_t columns) { return (columns + 1) / 2; }

// Bytes of each form per token.
size_t int8_bytes(int64_t columns) { return static_cast<size_t>(blocks_of(columns)) * (kBlock + 8); }
size_t sums_bytes(int64_t columns) { return static_cast<size_t>(blocks_of(columns)) * 4; }
size_t halves_bytes(int64_t columns) { return static_cast<size_t>(blocks_of(columns)) * 8; }
size_t float_bytes(int64_t columns) { return static_cast<size_t>(pairs_of(columns)) * 8; }
size_t bf16_bytes(int64_t columns) { return static_cast<size_t>(pairs_of(columns)) * 4; }

template <typename T>
T* writable(const T* place) {
  return const_cast<T*>(place);
}

int width_index_for(int64_t tokens) {
  int index = 0;
  while (kTileWidths[index] < tokens) ++index;
  return index;
}

// input: [tokens, columns] -> tile: [pairs][width][2], zeros beyond both.
void pack_floats(const float* input, int64_t stride, int64_t columns, int tokens, int width, float* tile) {
  for (int t = 0; t < width; ++t) {
    const float* x = input + (t < tokens ? t : 0) * stride;
    for (int64_t k = 0; k < 2 * pairs_of(columns); ++k) {
      tile[(k / 2 * width + t) * 2 + k % 2] = t < tokens && k < columns ? x[k] : 0.0f;
    }
  }
}

}  // namespace

Result<PreparedActivations> PreparedActivations::create(int64_t max_tokens, int64_t max_columns,
                                                        ActivationForms forms) {
  PreparedActivations activations;
  const auto tokens = static_cast<size_t>((std::max<int64_t>(max_tokens, 1) + kTile - 1) / kTile * kTile);
  size_t total = 0;
  const auto place = [&](ActivationForms wanted, size_t bytes_per_token) {
    const size_t offset = total;
    if ((forms & wanted) != 0) total += (tokens * bytes_per_token + 63) / 64 * 64;
    return offset;
  };
  Offsets& at = activations.offsets_;
  at.int8 = place(kFormInt8, int8_bytes(max_columns));
  at.half_bias = place(kFormHalfBias, halves_bytes(max_columns));
  at.sums = place(kFormSums, sums_bytes(max_columns));
  at.half_sums = place(kFormHalfSums, halves_bytes(max_columns));
  at.floats = place(kFormFloat | kFormPairs, float_bytes(max_columns));
  at.bf16 = place(kFormPairs, bf16_bytes(max_columns));
  TANDEM_ASSIGN(activations.memory_, Memory::allocate(total));
  return activations;
}

void PreparedActivations::prepare(const float* input, int64_t stride, int64_t tokens, int64_t columns,
                                  ActivationForms forms, const Target& target) {
  tokens_ = tokens;
  columns_ = columns;
  forms_ = forms;
  const Bf16Kernels* bf16 = (forms & kFormPairs) != 0 ? bf16_kernels(target.isa) : nullptr;
  bf16_ = bf16 != nullptr;
  const FloatKernels& kernels = float_kernels(target.isa);
  target.pool.parallel_for(tiles(), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const ActivationTile to = tile(i);  // Places in memory_, which is ours to write.
      const float* from = input + to.first_token * stride;
      const int width = kTileWidths[to.width_index];
      if (to.int8 != nullptr) {
        kernels.quantize({from, stride, blocks_of(columns), to.tokens, width, writable(to.int8),
                          writable(to.half_bias), writable(to.sums), writable(to.half_sums)});
      }
      if (to.floats != nullptr) {
        pack_floats(from, stride, columns, to.tokens, width, writable(to.floats));
      }
      if (to.bf16 != nullptr) bf16->pack(from, stride, columns, to.tokens, writable(to.bf16));
    }
  });
}

ActivationTile PreparedActivations::tile(int64_t index) const {
  ActivationTile tile;
  tile.first_token = index * kTile;
  tile.tokens = static_cast<int>(std::min<int64_t>(kTile, tokens_ - tile.first_token));
  tile.width_index = width_index_for(tile.tokens);
  const std::byte* memory = memory_.data();
  const auto first = static_cast<size_t>(tile.first_token);
  const auto at = [&](size_t offset, size_t bytes_per_token) {
    return memory + offset + first * bytes_per_token;
  };
  if ((forms_ & kFormInt8) != 0)
    tile.int8 = reinterpret_cast<const uint8_t*>(at(offsets_.int8, int8_bytes(columns_)));
  if ((forms_ & kFormHalfBias) != 0) {
    tile.half_bias = reinterpret_cast<const int32_t*>(at(offsets_.half_bias, halves_bytes(columns_)));
  }
  if ((forms_ & kFormSums) != 0)
    tile.sums = reinterpret_cast<const float*>(at(offsets_.sums, sums_bytes(columns_)));
  if ((forms_ & kFormHalfSums) != 0) {
    tile.half_sums = reinterpret_cast<const float*>(at(offsets_.half_sums, halves_bytes(columns_)));
  }
  const bool as_bf16 = (forms_ & kFormPairs) != 0 && bf16_ && kTileWidths[tile.width_index] == kTile;
  if (as_bf16) tile.bf16 = reinterpret_cast<const uint8_t*>(at(offsets_.bf16, bf16_bytes(columns_)));
  if ((forms_ & kFormFloat) != 0 || ((forms_ & kFormPairs) != 0 && !as_bf16)) {
    tile.floats = reinterpret_cast<const float*>(at(offsets_.floats, float_bytes(columns_)));
  }
  return tile;
}

}  // namespace tandem::cpu
