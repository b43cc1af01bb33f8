// The costs of a device whose NPU refused some shapes when their graphs were compiled.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "profile/cost_model.h"

namespace tandem {

class RefusingCosts : public CostModel {
 public:
  // costs: not null.
  explicit RefusingCosts(std::shared_ptr<const CostModel> costs) : costs_(std::move(costs)) {}

  // work.n is that of the whole op; m does not count: the solver asks once for each class of equal ops.
  void refuse(const MatmulWork& work) { refused_.push_back(work); }

  [[nodiscard]] NpuSupport npu_support(const MatmulWork& work) const override {
    for (const MatmulWork& refused : refused_) {
      if (refused.n == work.n && refused.k == work.k && refused.type == work.type)
        return NpuSupport::kShapeRefused;
    }
    return costs_->npu_support(work);
  }
  [[nodiscard]] Estimate matmul(ProcessorKind processor, const MatmulWork& work) const override {
    return costs_->matmul(processor, work);
  }
  [[nodiscard]] Estimate other(ProcessorKind processor, OpKind kind, int64_t bytes,
                               int64_t flops) const override {
    return costs_->other(processor, kind, bytes, flops);
  }
  [[nodiscard]] double slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                         const MatmulWork& others) const override {
    return costs_->slowdown_together(processor, own, others);
  }
  [[nodiscard]] SyncCosts sync(SyncMode mode) const override { return costs_->sync(mode); }
  [[nodiscard]] double compile_us(const MatmulWork& work) const override { return costs_->compile_us(work); }
  [[nodiscard]] int64_t graph_bytes(const MatmulWork& work) const override {
    return costs_->graph_bytes(work);
  }
  [[nodiscard]] int64_t graph_weight_bytes(const MatmulWork& work) const override {
    return costs_->graph_weight_bytes(work);
  }
  [[nodiscard]] Power power() const override { return costs_->power(); }
  [[nodiscard]] ProcessorKind primary() const override { return costs_->primary(); }
  [[nodiscard]] bool has_npu() const override { return costs_->has_npu(); }
  [[nodiscard]] Origin origin() const override { return costs_->origin(); }
  [[nodiscard]] std::string name() const override { return costs_->name(); }

 private:
  std::shared_ptr<const CostModel> costs_;
  std::vector<MatmulWork> refused_;
};

}  // namespace tandem
