// How one matmul is placed by itself, whatever is around it: what the curves of a shape over tokens show.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/candidates.h"
#include "plan/plan.h"

namespace tandem {

class LoneMatmul {
 public:
  // Of `work` only the weight is looked at. Overrides of the settings name ops, so none holds here, and no
  // bound on graphs does. Costs and settings outlive the object.
  LoneMatmul(const MatmulWork& work, const CostModel& costs, const SolverSettings& settings,
             int64_t max_tokens);
  LoneMatmul(const LoneMatmul&) = delete;  // Its parts refer to each other.
  LoneMatmul& operator=(const LoneMatmul&) = delete;

  // The fastest that the settings allow, with both of its joins, and the best of each other strategy.
  // `tokens` from 1 to max_tokens.
  [[nodiscard]] Placement place(int64_t tokens);

  // Each processor with the whole matmul, unpadded; the NPU's is nothing where it cannot have it.
  [[nodiscard]] Estimate primary(int64_t tokens) const;
  [[nodiscard]] std::optional<Estimate> npu(int64_t tokens) const;

 private:
  [[nodiscard]] MatmulWork at(int64_t tokens) const;

  OpClass op_class_;
  const CostModel& costs_;
  std::vector<PieceSet> sets_;
  CandidateRules rules_;
  CandidateMaker maker_;
};

}  // namespace tandem
