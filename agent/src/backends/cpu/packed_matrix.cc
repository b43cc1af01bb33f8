#include "backends/cpu/packed_matrix.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "backends/cpu/pack_block.h"
#include "backends/cpu/tensor_format.h"
#include "tensor/half.h"

namespace tandem::cpu {
namespace {

constexpr int64_t kSliceBytes = 16 << 20;

int64_t float_panel_bytes(TensorType type, int64_t columns) {
  if (type == TensorType::kF32) return (columns + 1) / 2 * 2 * kPanelRows * 4;
  return (columns + 1) / 2 * 2 * kPanelRows * 2;
}

// Element (row, k) of a float panel, in elements.
int64_t float_index(TensorType type, int64_t k, int64_t row) {
  if (type == TensorType::kF32) return k * kPanelRows + row;
  return k / 2 * (2 * kPanelRows) + row * 2 + k % 2;
}

template <typename T>
void pack_float_panel(TensorType type, const std::byte* source, size_t stride, int64_t rows, int64_t columns,
                      std::byte* panel) {
  for (int64_t k = 0; k < columns; ++k) {
    for (int64_t r = 0; r < rows; ++r) {
      std::memcpy(panel + static_cast<size_t>(float_index(type, k, r)) * sizeof(T),
                  source + static_cast<size_t>(r) * stride + static_cast<size_t>(k) * sizeof(T), sizeof(T));
    }
  }
}

void pack_quantised_panel(Format format, const std::byte* source, size_t stride, int64_t rows, int64_t blocks,
                          std::byte* panel) {
  auto* to = reinterpret_cast<uint8_t*>(panel);
  BlockValues values{};
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t r = 0; r < rows; ++r) {
      read_source_block(format, source + static_cast<size_t>(r) * stride, block, values);
      write_packed_block(format, to, block, static_cast<int>(r), values);
    }
  }
}

Error invalid(const std::string& what) {
  return Error{ErrorCode::kInvalidArgument, "This matrix cannot be packed: " + what + ".", {}};
}

}  // namespace

Result<PackedMatrix> PackedMatrix::pack(const TensorView& source, const Target& target,
                                        const SliceDone& done) {
  const TypeTraits traits = type_traits(source.type);
  if (source.rows < 1 || source.columns < 1) return invalid("it has no rows or no columns");
  if (source.columns % traits.block_size != 0) {
    return invalid(std::to_string(source.columns) + " columns are not a multiple of the block of " +
                   std::string(traits.name));
  }
  const size_t stride = row_bytes(source.type, static_cast<uint64_t>(source.columns));
  if (source.bytes.size() / stride < static_cast<size_t>(source.rows))
    return invalid("its bytes end before its rows");

  PackedMatrix matrix;
  matrix.type_ = source.type;
  matrix.rows_ = source.rows;
  matrix.columns_ = source.columns;
  const std::optional<Format> format = format_of(source.type);
  const int64_t blocks = source.columns / kBlock;
  matrix.panel_bytes_ =
      format ? packed_panel_bytes(*format, blocks) : float_panel_bytes(source.type, source.columns);
  TANDEM_ASSIGN(matrix.memory_, Memory::allocate(static_cast<size_t>(matrix.panels() * matrix.panel_bytes_)));

  const auto pack_panel = [&](int64_t p) {
    const int64_t first = p * kPanelRows;
    const int64_t rows = std::min<int64_t>(kPanelRows, source.rows - first);
    const std::byte* from = source.bytes.data() + static_cast<size_t>(first) * stride;
    std::byte* to = matrix.memory_.data() + p * matrix.panel_bytes_;
    if (format) {
      pack_quantised_panel(*format, from, stride, rows, blocks, to);
    } else if (source.type == TensorType::kF32) {
      pack_float_panel<uint32_t>(source.type, from, stride, rows, source.columns, to);
    } else {
      pack_float_panel<uint16_t>(source.type, from, stride, rows, source.columns, to);
    }
  };
  const int64_t slice = std::max<int64_t>(1, kSliceBytes / static_cast<int64_t>(stride) / kPanelRows);
  for (int64_t begin = 0; begin < matrix.panels(); begin += slice) {
    const int64_t end = std::min(begin + slice, matrix.panels());
    target.pool.parallel_for(end - begin, 1, [&](int64_t from, int64_t to, int) {
      for (int64_t p = from; p < to; ++p) pack_panel(begin + p);
    });
    if (done) done(begin * kPanelRows, std::min(end * kPanelRows, source.rows) - begin * kPanelRows);
  }
  return matrix;
}

void PackedMatrix::dequantize_row(int64_t row, float* out) const {
  const std::byte* from = panel(row / kPanelRows);
  const int64_t r = row % kPanelRows;
  if (const std::optional<Format> format = format_of(type_)) {
    BlockValues values{};
    for (int64_t block = 0; block < columns_ / kBlock; ++block) {
      read_packed_block(*format, reinterpret_cast<const uint8_t*>(from), block, static_cast<int>(r), values);
      dequantize_block(*format, values, out + block * kBlock);
    }
    return;
  }
  for (int64_t k = 0; k < columns_; ++k) {
    const auto index = static_cast<size_t>(float_index(type_, k, r));
    if (type_ == TensorType::kF32) {
      std::memcpy(out + k, from + index * 4, 4);
    } else {
      uint16_t bits;
      std::memcpy(&bits, from + index * 2, 2);
      out[k] = type_ == TensorType::kF16 ? half_to_float(bits) : bf16_to_float(bits);
    }
  }
}

ActivationForms PackedMatrix::activation_forms() const {
  const std::optional<Format> format = format_of(type_);
  if (!format) return type_ == TensorType::kF32 ? kFormFloat : kFormPairs;
  switch (kPackedFormats[*format].scales) {
    case Scales::kHalf:
      return kFormInt8;
    case Scales::kHalfMin:
    case Scales::kSuperMin32:
      return kFormInt8 | kFormSums;
    case Scales::kSuper16:
      return kFormInt8 | kFormHalfBias;
    case Scales::kSuperMin16:
      return kFormInt8 | kFormHalfSums;
  }
  return 0;
}

}  // namespace tandem::cpu
