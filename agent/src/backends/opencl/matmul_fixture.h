// For tests and benchmarks: one matmul alone behind the Program interface.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backends/opencl/opencl_processor.h"
#include "processor/activation_pool.h"

namespace tandem::opencl {

// [M, columns] x `weight` (+ bias), run through a pool of its own. Weights outlive it.
class MatmulFixture {
 public:
  // `bias`: fp32 [rows], or without bytes: none.
  [[nodiscard]] static Result<std::unique_ptr<MatmulFixture>> create(OpenClProcessor& processor,
                                                                     const TensorView& weight,
                                                                     const TensorView& bias,
                                                                     int64_t max_tokens) {
    std::unique_ptr<MatmulFixture> fixture(new MatmulFixture());
    fixture->weights_.table = {{"weight", weight}, {"bias", bias}};
    Graph& graph = fixture->graph_;
    graph.values = {{.width = weight.columns, .slot = 0}, {.width = weight.rows, .slot = 1}};
    graph.slot_widths = {weight.columns, weight.rows};
    graph.ops = {{.kind = OpKind::kMatmul,
                  .name = "matmul",
                  .inputs = {0, kNoValue},
                  .output = 1,
                  .weight = 0,
                  .bias = bias.bytes.empty() ? kNoWeight : 1,
                  .k = weight.columns,
                  .n = weight.rows}};
    TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(graph, max_tokens, max_tokens));
    fixture->pool_ = std::make_unique<ActivationPool>(std::move(pool));
    TANDEM_ASSIGN(fixture->program_, processor.make_program(graph, *fixture->pool_, nullptr));
    return fixture;
  }

  [[nodiscard]] Result<void> prepare(std::span<const Part> parts) {
    return program_->prepare(parts, {.weights = weights_, .cancel = {}, .copied = {}, .compiled = {}});
  }
  // Runs the parts of a step of M tokens and waits.
  [[nodiscard]] Result<void> run(std::span<const Part> parts, int64_t tokens) {
    const Step step{
        .shape = {.tokens = tokens, .position = 0, .logit_rows = tokens}, .tokens = {}, .cancel = {}};
    const Batch batch{parts, ++batches_, true};
    TANDEM_TRY(program_->submit(batch, step));
    TANDEM_TRY(program_->finish(batch.number));
    return program_->collect(step);
  }
  [[nodiscard]] Part whole(int64_t tokens) const {
    return {.op = 0, .rows = graph_.ops[0].n, .tokens = tokens, .padded_tokens = tokens};
  }

  [[nodiscard]] float* input() const { return pool_->data(graph_.values[0]); }
  [[nodiscard]] float* output() const { return pool_->data(graph_.values[1]); }
  [[nodiscard]] Program& program() const { return *program_; }

 private:
  Weights weights_;
  Graph graph_;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<Program> program_;
  uint64_t batches_ = 0;
};

}  // namespace tandem::opencl
