#include "kernels/packed.h"

#include <sys/mman.h>

#include <bit>
#include <cstring>
#include <vector>

namespace tandem::npu {
namespace {

uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);  // NaN stays NaN.
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  return std::bit_cast<float>(sign | (exponent == 31 ? 0xff : exponent + 112) << 23 | fraction << 13);
}

// bf16 of every half: two bytes each, and faster than arithmetic.
const std::vector<uint16_t>& half_table() {
  static const std::vector<uint16_t> table = [] {
    std::vector<uint16_t> values(65536);
    for (uint32_t half = 0; half < 65536; ++half)
      values[half] = float_to_bf16(half_to_float(static_cast<uint16_t>(half)));
    return values;
  }();
  return table;
}

template <typename Get>
PackedWeight pack_bf16(int64_t rows, int64_t columns, Get&& get) {
  PackedWeight packed{Form::kBf16, rows, columns, packed_bytes(Form::kBf16, rows, columns), nullptr};
  packed.memory = allocate(packed.bytes);
  if (!packed.memory) return packed;
  auto* out = reinterpret_cast<uint16_t*>(packed.memory.get());
  const int64_t pairs = packed.padded_columns() / 2;
  for (int64_t row = 0; row < rows; ++row) {
    uint16_t* to = out + (row / kStep * pairs * kStep + row % kStep) * 2;
    for (int64_t column = 0; column < columns; ++column)
      to[column / 2 * kStep * 2 + column % 2] = get(row, column);
  }
  return packed;
}

}  // namespace

void Unmap::operator()(std::byte* memory) const { ::munmap(memory, bytes); }

Pages allocate(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return {};
  if (bytes >= size_t{2} << 20) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return Pages(static_cast<std::byte*>(memory), Unmap{bytes});
}

void widen_half(const uint16_t* halves, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = half_to_float(halves[i]);
}

size_t packed_bytes(Form form, int64_t rows, int64_t columns) {
  const auto weights = static_cast<size_t>(round_up(rows) * round_up(columns));
  return form == Form::kBf16 ? weights * 2 : weights + static_cast<size_t>(round_up(rows)) * 8;
}

const float* PackedWeight::scales() const {
  return reinterpret_cast<const float*>(memory.get() + padded_rows() * padded_columns());
}

const int32_t* PackedWeight::sums() const {
  return reinterpret_cast<const int32_t*>(scales() + padded_rows());
}

PackedWeight pack_half(const uint16_t* weight, int64_t rows, int64_t columns, bool transposed) {
  const uint16_t* table = half_table().data();
  if (transposed)
    return pack_bf16(rows, columns, [=](int64_t r, int64_t c) { return table[weight[c * rows + r]]; });
  return pack_bf16(rows, columns, [=](int64_t r, int64_t c) { return table[weight[r * columns + c]]; });
}

PackedWeight pack_float(const float* weight, int64_t rows, int64_t columns, bool transposed) {
  return pack_bf16(rows, columns, [=](int64_t r, int64_t c) {
    return float_to_bf16(transposed ? weight[c * rows + r] : weight[r * columns + c]);
  });
}

PackedWeight pack_int8(const int8_t* weight, int width, const float* scales, int64_t rows, int64_t columns,
                       bool transposed) {
  PackedWeight packed{Form::kInt8, rows, columns, packed_bytes(Form::kInt8, rows, columns), nullptr};
  packed.memory = allocate(packed.bytes);
  if (!packed.memory) return packed;
  auto* out = reinterpret_cast<int8_t*>(packed.memory.get());
  auto* scale = const_cast<float*>(packed.scales());
  auto* sum = const_cast<int32_t*>(packed.sums());
  const int shift = 8 - width;
  const int64_t quads = packed.padded_columns() / 4;
  for (int64_t row = 0; row < rows; ++row) {
    int8_t* to = out + (row / kStep * quads * kStep + row % kStep) * 4;
    scale[row] = scales[row];
    for (int64_t column = 0; column < columns; ++column) {
      const int8_t stored = transposed ? weight[column * rows + row] : weight[row * columns + column];
      const auto value =
          static_cast<int8_t>(static_cast<int8_t>(static_cast<uint8_t>(stored) << shift) >> shift);
      to[column / 4 * kStep * 4 + column % 4] = value;
      sum[row] += value;
    }
  }
  return packed;
}

}  // namespace tandem::npu
