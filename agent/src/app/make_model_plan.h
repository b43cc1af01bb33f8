// Which tensors a made model has, in the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/make_model.h"

namespace tandem::app {

struct PlannedTensor {
  std::string name;
  TensorType type;
  std::vector<uint64_t> dims;  // Columns first.
  float mean;                  // Of its weights.
  float deviation;
};

// Error invalid-argument where the shape, the family and the type do not go together.
[[nodiscard]] Result<std::vector<PlannedTensor>> plan_tensors(const MakeModelOptions& options);

}  // namespace tandem::app
