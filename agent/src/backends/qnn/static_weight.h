// Rows of a weight in the form that the provider takes as static data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/qnn/abi/tensor.h"
#include "backends/qnn/options.h"
#include "tensor/view.h"

namespace tandem::qnn {

// [rows, columns]. The description points into the object, so it moves but is never copied.
class StaticWeight {
 public:
  // Rows [first, first + rows) of the view.
  StaticWeight(const TensorView& view, int64_t first, int64_t rows, WeightForm form);
  StaticWeight(StaticWeight&&) = default;
  StaticWeight(const StaticWeight&) = delete;
  StaticWeight& operator=(const StaticWeight&) = delete;

  [[nodiscard]] abi::DataType data_type() const;
  [[nodiscard]] abi::Quantization quantization();
  [[nodiscard]] abi::ClientBuffer buffer();

 private:
  WeightForm form_;
  std::vector<uint16_t> halves_;
  std::vector<int8_t> integers_;
  std::vector<float> scales_;                    // Of integers, one for each row.
  std::vector<abi::ScaleOffset> scale_offsets_;  // The same for kInt8.
};

// Bytes of that data.
[[nodiscard]] int64_t static_bytes(int64_t rows, int64_t columns, WeightForm form);

}  // namespace tandem::qnn
