#include "backends/qnn/static_weight.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tensor/convert.h"

namespace tandem::qnn {
namespace {

constexpr int32_t kRows = 0;  // The axis that has a scale for each of its indices.

// As float_to_half() for finite values, without branches, so that compilers make vectors of it: a model has a
// billion weights.
void to_halves(const float* values, size_t count, uint16_t* out) {
  for (size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<int32_t>(values[i]);
    const int32_t size = bits & 0x7fffffff;
    const int32_t normal = (size - (112 << 23) + 0xfff + (size >> 13 & 1)) >> 13;
    // Below 2^-14 the sum with 1/2 rounds to multiples of 2^-24, which its low bits count.
    const int32_t small =
        std::bit_cast<int32_t>(std::bit_cast<float>(size) + 0.5F) - std::bit_cast<int32_t>(0.5F);
    const int32_t finite = size < (113 << 23) ? small : normal;
    const int32_t half = size < 0x477ff000 ? finite : 0x7c00;
    out[i] = static_cast<uint16_t>(half | (bits >> 16 & 0x8000));
  }
}

// values [columns] -> scale * integers, symmetric around 0.
float quantize(const float* values, int64_t columns, float largest_integer, int8_t* out) {
  float largest = 0;
  for (int64_t c = 0; c < columns; ++c) largest = std::max(largest, std::fabs(values[c]));
  const float inverse = largest > 0 ? largest_integer / largest : 0;
  for (int64_t c = 0; c < columns; ++c) out[c] = static_cast<int8_t>(std::lrintf(values[c] * inverse));
  return largest > 0 ? largest / largest_integer : 1;
}

}  // namespace

const char* weight_form_name(WeightForm form) {
  switch (form) {
    case WeightForm::kHalf:
      return "fp16";
    case WeightForm::kInt8:
      return "int8";
    case WeightForm::kInt4:
      return "int4";
  }
  return "fp16";
}

StaticWeight::StaticWeight(const TensorView& view, int64_t first, int64_t rows, WeightForm form)
    : form_(form) {
  const auto columns = static_cast<size_t>(view.columns);
  const size_t stride = row_bytes(view.type, columns);
  const std::byte* blocks = view.bytes.data() + static_cast<size_t>(first) * stride;
  const auto count = static_cast<size_t>(rows) * columns;
  form == WeightForm::kHalf ? halves_.resize(count) : integers_.resize(count);
  std::vector<float> values(columns);
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    if (form == WeightForm::kHalf && view.type == TensorType::kF16) {
      std::copy_n(reinterpret_cast<const std::byte*>(blocks + row * stride), stride,
                  reinterpret_cast<std::byte*>(halves_.data() + row * columns));
      continue;
    }
    dequantize_row(view.type, blocks + row * stride, view.columns, values.data());
    if (form == WeightForm::kHalf) {
      to_halves(values.data(), columns, halves_.data() + row * columns);
    } else {
      scales_.push_back(quantize(values.data(), view.columns, form == WeightForm::kInt8 ? 127.0F : 7.0F,
                                 integers_.data() + row * columns));
    }
  }
  if (form == WeightForm::kInt8) {
    for (const float scale : scales_) scale_offsets_.push_back({scale, 0});
  }
}

abi::DataType StaticWeight::data_type() const {
  return form_ == WeightForm::kHalf ? abi::DataType::kFloat16 : abi::DataType::kSignedFixed8;
}

abi::Quantization StaticWeight::quantization() {
  abi::Quantization quantization = {abi::Definition::kUndefined, abi::Encoding::kUndefined, {}};
  if (form_ == WeightForm::kHalf) return quantization;
  quantization.definition = abi::Definition::kDefined;
  const auto rows = static_cast<uint32_t>(scales_.size());
  if (form_ == WeightForm::kInt8) {
    quantization.encoding = abi::Encoding::kAxisScaleOffset;
    quantization.axis = {kRows, rows, scale_offsets_.data()};
  } else {
    quantization.encoding = abi::Encoding::kWidthAxisScaleOffset;
    quantization.width_axis = {4, kRows, rows, scales_.data(), nullptr};
  }
  return quantization;
}

abi::ClientBuffer StaticWeight::buffer() {
  if (form_ == WeightForm::kHalf)
    return {halves_.data(), static_cast<uint32_t>(halves_.size() * sizeof(uint16_t))};
  return {integers_.data(), static_cast<uint32_t>(integers_.size())};
}

int64_t static_bytes(int64_t rows, int64_t columns, WeightForm form) {
  return rows * columns * (form == WeightForm::kHalf ? 2 : 1);
}

}  // namespace tandem::qnn
