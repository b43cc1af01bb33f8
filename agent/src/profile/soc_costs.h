// Costs from a SoC description (profile/soc.h).
#pragma once

#include "profile/cost_model.h"
#include "profile/soc.h"

namespace tandem {

// What surrounds a matmul. Table 3 of the paper was measured one op at a time, and plans that have to come
// out as there need these costs; a run keeps its queues full, and its decode goes by bytes and bandwidth.
// There the memory is what two lanes compete for, also where they run different ops.
enum class Surroundings : uint8_t { kFullQueue, kIsolated };

class SocCostModel final : public CostModel {
 public:
  explicit SocCostModel(SocDescription soc, Surroundings surroundings = Surroundings::kFullQueue);

  [[nodiscard]] Estimate matmul(ProcessorKind processor, const MatmulWork& work) const override;
  [[nodiscard]] Estimate other(ProcessorKind processor, OpKind kind, int64_t bytes,
                               int64_t flops) const override;
  [[nodiscard]] double slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                         const MatmulWork& others) const override;
  [[nodiscard]] SyncCosts sync(SyncMode mode) const override;
  [[nodiscard]] double compile_us(const MatmulWork& work) const override;
  [[nodiscard]] int64_t graph_bytes(const MatmulWork& work) const override;
  [[nodiscard]] int64_t graph_weight_bytes(const MatmulWork& work) const override;
  [[nodiscard]] Power power() const override;
  [[nodiscard]] ProcessorKind primary() const override { return ProcessorKind::kGpu; }
  [[nodiscard]] bool has_npu() const override { return true; }
  [[nodiscard]] Origin origin() const override { return Origin::kModeled; }
  // "Snapdragon 8 Gen 3 (calibrated)", "Tensor G4 (uncalibrated)".
  [[nodiscard]] std::string name() const override;

  [[nodiscard]] const SocDescription& soc() const { return soc_; }

 private:
  [[nodiscard]] double gpu_matmul(const MatmulWork& work) const;
  [[nodiscard]] double npu_matmul(const MatmulWork& work) const;

  SocDescription soc_;
  Surroundings surroundings_;
};

// Bytes of a matmul's weight.
[[nodiscard]] double weight_bytes(const MatmulWork& work);

}  // namespace tandem
