// Published shapes of models, with weights that have a type and no bytes: enough to build a graph, solve a
// plan and simulate a run without a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/hyper_parameters.h"
#include "model/weights.h"

namespace tandem {

struct ModelShape {
  HyperParameters shape;
  Weights weights;
  [[nodiscard]] int64_t parameters() const;
};

// Ids ("llama-3-8b"), in the order of the table.
[[nodiscard]] const std::vector<std::string>& model_shape_ids();

// Matrices have the given type, vectors F32. Errors: not-found, listing the ids; invalid-argument where the
// type's blocks do not divide a row.
[[nodiscard]] Result<ModelShape> model_shape(std::string_view id, TensorType type);

}  // namespace tandem
