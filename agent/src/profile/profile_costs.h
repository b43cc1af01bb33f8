// Costs from a measured profile (profile/profile.h). What was not measured is computed from what was, and says
// so.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "profile/cost_model.h"
#include "profile/profile.h"
#include "profile/residual_tree.h"

namespace tandem {

class ProfileCostModel final : public CostModel {
 public:
  explicit ProfileCostModel(Profile profile);

  // A measured shape's median. Between measured lengths the time is linear in the tokens (GPU-1), for the NPU
  // in steps of 32 (NPU-1); other rows and columns scale the nearest measured shape of the type by its
  // work; a regression tree corrects what that leaves.
  [[nodiscard]] Estimate matmul(ProcessorKind processor, const MatmulWork& work) const override;
  [[nodiscard]] Estimate other(ProcessorKind processor, OpKind kind, int64_t bytes,
                               int64_t flops) const override;
  [[nodiscard]] double slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                         const MatmulWork& others) const override;
  [[nodiscard]] SyncCosts sync(SyncMode mode) const override;
  [[nodiscard]] NpuSupport npu_support(const MatmulWork& work) const override;
  [[nodiscard]] double compile_us(const MatmulWork& work) const override;
  [[nodiscard]] int64_t graph_bytes(const MatmulWork& work) const override;
  [[nodiscard]] Power power() const override { return {}; }
  [[nodiscard]] ProcessorKind primary() const override { return profile_.primary; }
  [[nodiscard]] bool has_npu() const override { return profile_.has_npu; }
  [[nodiscard]] Origin origin() const override { return Origin::kMeasured; }
  [[nodiscard]] std::string name() const override;

  [[nodiscard]] const Profile& profile() const { return profile_; }

  // Leave-one-out: the median of |predicted - measured| / measured in percent, over the samples of a
  // processor; nothing where there are fewer than four.
  [[nodiscard]] std::optional<double> error_percent(ProcessorKind processor) const;

 private:
  // Samples of one processor and weight [n, k] of a type, by tokens.
  struct Curve {
    int64_t n = 0, k = 0;
    TensorType type = TensorType::kF16;
    std::vector<std::pair<int64_t, double>> us_by_tokens;  // Ascending.
  };

  // Without the tree; leave_out is not looked at. Nothing where no shape was measured.
  [[nodiscard]] std::optional<double> predict(ProcessorKind processor, const MatmulWork& work,
                                              const MatmulWork* leave_out) const;
  [[nodiscard]] const MatmulSample* find(ProcessorKind processor, const MatmulWork& work) const;

  Profile profile_;
  std::map<ProcessorKind, std::vector<Curve>> curves_;
  std::map<ProcessorKind, ResidualTree> trees_;
};

}  // namespace tandem
