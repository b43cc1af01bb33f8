// Ops of the graph compiled for the CPU: weights packed, buffers resolved, one switch per op at run time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "backends/cpu/attention.h"
#include "backends/cpu/cpu_cache.h"
#include "backends/cpu/packed_matrix.h"
#include "backends/cpu/prepared_activations.h"
#include "backends/cpu/rope.h"
#include "backends/cpu/target.h"
#include "processor/processor.h"

namespace tandem::cpu {

class CpuProgram : public Program {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CpuProgram>> compile(const CompileRequest& request,
                                                                   const Target& target);

  [[nodiscard]] Result<void> run(const Step& step) override;
  [[nodiscard]] Usage usage() const override { return usage_; }
  [[nodiscard]] int64_t weight_bytes() const override;
  [[nodiscard]] int64_t scratch_bytes() const override;

 private:
  // An op with everything that does not change between steps looked up.
  struct Compiled {
    OpId id = 0;
    OpKind kind = OpKind::kAdd;
    Rows rows = Rows::kTokens;
    Rows input_rows = Rows::kTokens;
    const float* a = nullptr;
    const float* b = nullptr;
    float* out = nullptr;
    int64_t k = 0, n = 0, heads = 0;
    const PackedMatrix* matrix = nullptr;
    const float* vector = nullptr;  // Norm weight, or bias.
    const KvLayer* cache = nullptr;
    ActivationForms prepare =
        0;  // Before this matmul, for it and those after it with the same input; 0: is done.
  };

  CpuProgram(const CompileRequest& request, const Target& target);
  [[nodiscard]] Result<void> load_weights(const CompileRequest& request);
  [[nodiscard]] Result<void> pack(const CompileRequest& request, WeightId id);
  [[nodiscard]] Result<void> copy_vector(const CompileRequest& request, WeightId id);
  [[nodiscard]] Result<void> make_scratch(const CompileRequest& request);
  void compile_ops(const CompileRequest& request);
  void plan_preparations();
  void run_op(const Compiled& op, const Step& step);

  const HyperParameters& shape_;
  Target target_;
  std::map<WeightId, PackedMatrix> matrices_;
  std::map<WeightId, std::vector<float>> vectors_;
  std::vector<Compiled> ops_;
  RopeTable rope_;
  PreparedActivations prepared_;
  AttentionScratch attention_;
  Usage usage_;
};

}  // namespace tandem::cpu
