// What the kernels' tests share: random tensors, the double-precision truth and the error measure.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "backends/cpu/isa.h"
#include "tensor/convert.h"
#include "tensor/type.h"
#include "tensor/view.h"

namespace tandem::cpu {

inline std::vector<float> random_values(size_t count, uint32_t seed, float scale = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

// Random weights of a type, with the values that its bytes stand for.
struct TestTensor {
  TensorView view;
  std::vector<std::byte> bytes;
  std::vector<float> values;  // [rows, columns]
};

inline TestTensor random_tensor(TensorType type, int64_t rows, int64_t columns, uint32_t seed) {
  TestTensor tensor;
  const size_t stride = row_bytes(type, static_cast<uint64_t>(columns));
  tensor.bytes.resize(static_cast<size_t>(rows) * stride);
  tensor.values = random_values(static_cast<size_t>(rows * columns), seed, 0.05f);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = tensor.values.data() + r * columns;
    std::byte* bytes = tensor.bytes.data() + static_cast<size_t>(r) * stride;
    quantize_row(type, row, columns, bytes);
    dequantize_row(type, bytes, columns, row);
  }
  tensor.view = TensorView{type, rows, columns, tensor.bytes};
  return tensor;
}

// sum (got - wanted)^2 / sum wanted^2; NaN counts as infinite.
template <typename Got, typename Wanted>
double normalised_error(const Got& got, const Wanted& wanted) {
  double error = 0, power = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - static_cast<double>(wanted[i]);
    error += difference * difference;
    power += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
  }
  const double ratio = error / (power + 1e-30);
  return std::isnan(ratio) ? INFINITY : ratio;
}

}  // namespace tandem::cpu
