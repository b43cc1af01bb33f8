// The model and the costs of plan/solve, opened once: a slider asks again and again with other settings.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "rpc/costs.h"
#include "rpc/plan_params.h"

namespace tandem::rpc {

class SolveSources {
 public:
  // Both are valid until the next call. Errors: those of open_outline() and open_costs().
  [[nodiscard]] Result<const ModelOutline*> model(const ModelSource& source);
  [[nodiscard]] Result<const Costs*> costs(const CostSource& source);

 private:
  std::optional<std::pair<ModelSource, ModelOutline>> model_;
  std::optional<std::pair<CostSource, Costs>> costs_;
};

}  // namespace tandem::rpc
