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

  // One row split of a shape is refused; with the second one, all of them are.
  void refuse(const MatmulWork& work) {
    for (MatmulWork& known : refused_) {
      if (known.m == work.m && known.k == work.k && known.type == work.type) {
        known.n = 0;
        return;
      }
    }
    refused_.push_back(work);
  }

  [[nodiscard]] NpuSupport npu_support(const MatmulWork& work) const override {
    for (const MatmulWork& refused : refused_) {
      const bool rows = refused.n == 0 || refused.n == work.n;
      if (rows && refused.m == work.m && refused.k == work.k && refused.type == work.type)
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
  [[nodiscard]] Power power() const override { return costs_->power(); }
  [[nodiscard]] ProcessorKind primary() const override { return costs_->primary(); }
  [[nodiscard]] bool has_npu() const override { return costs_->has_npu(); }
  [[nodiscard]] Origin origin() const override { return costs_->origin(); }
  [[nodiscard]] std::string name() const override { return costs_->name(); }

 private:
  std::shared_ptr<const CostModel> costs_;
  std::vector<MatmulWork> refused_;  // n is 0 where every number of rows is.
};

}  // namespace tandem
