// What stands behind predicted times: a description that came with the agent, one of the user's own, or a
// profile that was measured here.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "profile/cost_model.h"
#include "profile/soc_costs.h"
#include "rpc/plan_params.h"

namespace tandem::rpc {

struct Costs {
  std::shared_ptr<const CostModel> model;
  std::string name;                                 // "Snapdragon 8 Gen 3"
  bool calibrated = false;                          // False: assumed figures are in it.
  std::shared_ptr<const SocCostModel> description;  // The model, where it is a SoC description.
  [[nodiscard]] const SocDescription* soc() const { return description ? &description->soc() : nullptr; }
};

// Of a source that names something. Errors: not-found, listing what there is; file-unreadable;
// invalid-argument, naming the field of the file that is wrong.
[[nodiscard]] Result<Costs> open_costs(const CostSource& source);

// A model's graph, and its weights by type and shape; the weights of a file are views that nobody reads.
struct ModelOutline {
  std::unique_ptr<GgufFile> file;  // Null for a published shape.
  Weights weights;
  Graph graph;
  std::string name;
};

// As a plan for two processors has it. Errors: those of the file, not-found, invalid-argument.
[[nodiscard]] Result<ModelOutline> open_outline(const ModelSource& source);

}  // namespace tandem::rpc
