// A weight as the NPU streams it: panels of 32 rows over all columns, both padded to 32 with zeros, so that a
// kernel reads one contiguous stream. Packed once, when a graph is finalized.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tandem::npu {

inline constexpr int64_t kStep = 32;  // Of every dimension.
[[nodiscard]] constexpr int64_t round_up(int64_t value) { return (value + kStep - 1) / kStep * kStep; }

// Zeroed, aligned to a page, on huge pages where the system gives them. Null where there is no memory.
struct Unmap {
  size_t bytes = 0;
  void operator()(std::byte* memory) const;
};
using Pages = std::unique_ptr<std::byte[], Unmap>;
[[nodiscard]] Pages allocate(size_t bytes);

enum class Form : uint32_t {
  kBf16,  // [panel][column pair][32 rows][2], 2 bytes each.
  kInt8,  // [panel][column quad][32 rows][4], 1 byte each; then fp32 scale[rows], int32 sum[rows].
};

struct PackedWeight {
  Form form = Form::kBf16;
  int64_t rows = 0, columns = 0;  // Without padding.
  size_t bytes = 0;
  Pages memory;

  [[nodiscard]] int64_t padded_rows() const { return round_up(rows); }
  [[nodiscard]] int64_t padded_columns() const { return round_up(columns); }
  [[nodiscard]] int64_t panels() const { return padded_rows() / kStep; }
  [[nodiscard]] const std::byte* panel(int64_t index) const {
    return memory.get() + index * kStep * padded_columns() * (form == Form::kBf16 ? 2 : 1);
  }
  // Of kInt8: one for each padded row.
  [[nodiscard]] const float* scales() const;
  [[nodiscard]] const int32_t* sums() const;  // Of the row's int8 values.
};

void widen_half(const uint16_t* halves, int64_t count, float* out);

// Bytes of a packed weight.
[[nodiscard]] size_t packed_bytes(Form form, int64_t rows, int64_t columns);

// weight: [rows, columns], or [columns, rows] where `transposed`. Gives a weight without memory where there
// is none left.
[[nodiscard]] PackedWeight pack_half(const uint16_t* weight, int64_t rows, int64_t columns, bool transposed);
[[nodiscard]] PackedWeight pack_float(const float* weight, int64_t rows, int64_t columns, bool transposed);
// value = scale[row] * weight; `width` below 8 takes the low bits of each byte, with their sign.
[[nodiscard]] PackedWeight pack_int8(const int8_t* weight, int width, const float* scales, int64_t rows,
                                     int64_t columns, bool transposed);

}  // namespace tandem::npu
