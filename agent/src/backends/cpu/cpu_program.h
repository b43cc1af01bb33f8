// Ops of the graph ready for the CPU: weights packed, buffers resolved, one switch per op at run time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "backends/cpu/attention.h"
#include "backends/cpu/cpu_cache.h"
#include "backends/cpu/packed_rows.h"
#include "backends/cpu/prepared_activations.h"
#include "backends/cpu/rope.h"
#include "backends/cpu/target.h"
#include "processor/processor.h"

namespace tandem::cpu {

// Batches run in submit(), so everything is complete when it returns.
class CpuProgram : public Program {
 public:
  // cache: null where no op needs one. All outlive the program.
  CpuProgram(const Graph& graph, const ActivationPool& pool, const CpuCache* cache, const Target& target);

  [[nodiscard]] Result<void> prepare(std::span<const Part> parts, const PrepareRequest& request) override;
  [[nodiscard]] Result<void> submit(const Batch& batch, const Step& step) override;
  [[nodiscard]] uint64_t completed() const override { return completed_.load(std::memory_order_acquire); }
  [[nodiscard]] Result<void> finish(uint64_t) override { return {}; }
  [[nodiscard]] Result<void> collect(const Step&) override { return {}; }
  [[nodiscard]] Usage usage() const override { return usage_; }
  [[nodiscard]] int64_t weight_bytes() const override;
  [[nodiscard]] int64_t scratch_bytes() const override;

 private:
  // An op with everything that does not change between steps looked up.
  struct Compiled {
    bool ready = false;
    OpKind kind = OpKind::kAdd;
    Rows rows = Rows::kTokens;
    Rows input_rows = Rows::kTokens;
    ValueId input = kNoValue;
    const float* a = nullptr;
    const float* b = nullptr;
    float* out = nullptr;
    int64_t k = 0, n = 0, heads = 0;
    bool local = false;
    const PackedRows* matrix = nullptr;
    const float* vector = nullptr;  // Norm weight, or bias.
    const KvLayer* cache = nullptr;
  };

  [[nodiscard]] Result<void> load_weights(std::span<const Part> parts, const PrepareRequest& request);
  [[nodiscard]] Result<void> pack(WeightId id, RowRange rows, const PrepareRequest& request);
  [[nodiscard]] Result<void> copy_vector(WeightId id, const PrepareRequest& request);
  [[nodiscard]] Result<void> make_scratch();
  void compile(OpId id);

  void run(const Part& part, const Step& step);
  void run_matmul(const Compiled& op, const Part& part, const Step& step);
  // The input as one dense block: copied where it is two.
  const float* dense_input(const Compiled& op, const Part& part, size_t index, int64_t rows);

  const Graph& graph_;
  const ActivationPool& pool_;
  const CpuCache* cache_;
  Target target_;
  std::map<WeightId, PackedRows> matrices_;
  std::map<WeightId, std::vector<float>> vectors_;
  std::vector<Compiled> ops_;                      // By OpId.
  std::vector<ActivationForms> input_forms_;       // By ValueId: what all matmuls that read it ask for.
  std::array<std::optional<RopeTable>, 2> ropes_;  // Of layers that see everything, and of local ones.
  AttentionScratch attention_;
  std::array<std::vector<float>, 2> dense_;

  // The input that was prepared last serves all matmuls of a batch that read it.
  struct PreparedKey {
    ValueId value = kNoValue;
    int64_t first_token = 0, tokens = 0;
    friend bool operator==(const PreparedKey&, const PreparedKey&) = default;
  };
  PreparedActivations prepared_;
  PreparedKey prepared_key_;
  ActivationForms prepared_forms_ = 0;  // Of the memory.
  int64_t prepared_width_ = 0;

  std::atomic<uint64_t> completed_{0};
  Usage usage_;
};

}  // namespace tandem::cpu
