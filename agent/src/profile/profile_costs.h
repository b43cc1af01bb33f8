// A measured profile as a cost model. Shapes that were not run are predicted: from the same weight at other
// numbers of tokens where there are some, else from a model of the processor (paper, section 4: the GPU is
// linear, the NPU a staircase) with a regression tree for what that gets wrong.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "profile/fit.h"
#include "profile/profile.h"

namespace tandem {

class ProfileCostModel final : public CostModel {
 public:
  explicit ProfileCostModel(Profile profile);

  [[nodiscard]] Estimate matmul(ProcessorKind processor, const MatmulWork& work) const override;
  [[nodiscard]] Estimate other(ProcessorKind processor, OpKind kind, int64_t bytes,
                               int64_t flops) const override;
  [[nodiscard]] double slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                         const MatmulWork& others) const override;
  [[nodiscard]] SyncCosts sync(SyncMode mode) const override;
  [[nodiscard]] NpuSupport npu_support(const MatmulWork& work) const override;
  [[nodiscard]] double compile_us(const MatmulWork& work) const override;
  // Devices do not tell what a graph takes beside its weights: counted as nothing.
  [[nodiscard]] int64_t graph_bytes(const MatmulWork& /*work*/) const override { return 0; }
  [[nodiscard]] int64_t graph_weight_bytes(const MatmulWork& work) const override;
  // Phones do not tell what a processor draws.
  [[nodiscard]] Power power() const override { return {}; }
  [[nodiscard]] ProcessorKind primary() const override { return profile_.primary; }
  [[nodiscard]] bool has_npu() const override { return profile_.has_npu; }
  [[nodiscard]] Origin origin() const override { return Origin::kMeasured; }
  [[nodiscard]] std::string name() const override { return profile_.key.device; }

  [[nodiscard]] const Profile& profile() const { return profile_; }

 private:
  using ShapeKey = std::array<int64_t, 3>;  // n, k, type
  struct Point {
    int64_t m = 0;
    double us = 0;
  };
  // One processor: its series of each weight by tokens, and its model for the others.
  struct Side {
    std::map<ShapeKey, std::vector<Point>> series;
    LinearCost linear;
    ResidualTree tree;
  };

  [[nodiscard]] const Side& side(ProcessorKind processor) const {
    return sides_[processor == ProcessorKind::kNpu ? 1 : 0];
  }
  static Side make_side(const Profile& profile, ProcessorKind processor);
  static double model_us(const Side& side, ProcessorKind processor, const MatmulWork& work);
  static std::optional<double> along_tokens(const Side& side, ProcessorKind processor,
                                            const MatmulWork& work);

  static std::optional<double> along_rows(const Side& side, ProcessorKind processor, const MatmulWork& work);

  Profile profile_;
  std::array<Side, 2> sides_;  // Primary, NPU.
  std::map<OpKind, LinearCost> others_;
  LinearCost any_other_;
  LinearCost compile_;
};

// Each sample predicted from all others.
struct CrossValidation {
  double median = 0;  // Relative error, e.g. 0.04.
  double ninetieth = 0;
  int64_t samples = 0;
};
[[nodiscard]] CrossValidation cross_validate(const Profile& profile, ProcessorKind processor);

}  // namespace tandem
