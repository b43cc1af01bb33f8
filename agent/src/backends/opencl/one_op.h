// For tests and benchmarks: one op alone behind the Program interface, on activations of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backends/opencl/opencl_processor.h"
#include "processor/activation_pool.h"

namespace tandem::opencl {

class OneOp {
 public:
  // Weights outlive it. Each input has a slot of its own, and so has the output; `positions` > 0 makes a
  // cache.
  [[nodiscard]] static Result<std::unique_ptr<OneOp>> create(OpenClProcessor& processor,
                                                             const HyperParameters& shape, Op op,
                                                             const std::vector<int64_t>& input_widths,
                                                             const std::vector<TensorView>& weights,
                                                             int64_t max_tokens, int64_t positions = 0) {
    std::unique_ptr<OneOp> one(new OneOp());
    for (const TensorView& view : weights) one->weights_.table.push_back({"weight", view});
    Graph& graph = one->graph_;
    graph.shape = shape;
    for (size_t i = 0; i <= input_widths.size(); ++i) {
      const int64_t width = i < input_widths.size() ? input_widths[i] : op.n;
      graph.values.push_back({.width = width, .slot = static_cast<int32_t>(i)});
      graph.slot_widths.push_back(width);
      if (i < input_widths.size()) op.inputs[i] = static_cast<ValueId>(i);
    }
    op.output = static_cast<ValueId>(input_widths.size());
    graph.ops = {op};
    TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(graph, max_tokens, max_tokens));
    one->pool_ = std::make_unique<ActivationPool>(std::move(pool));
    if (positions > 0) {
      TANDEM_ASSIGN(one->cache_, processor.make_cache(shape, positions));
    }
    TANDEM_ASSIGN(one->program_, processor.make_program(graph, *one->pool_, one->cache_.get()));
    return one;
  }

  // [M, columns] x `weight` (+ `bias`: fp32 [rows], or without bytes none).
  [[nodiscard]] static Result<std::unique_ptr<OneOp>> matmul(OpenClProcessor& processor,
                                                             const TensorView& weight, const TensorView& bias,
                                                             int64_t max_tokens) {
    const Op op = {.kind = OpKind::kMatmul,
                   .name = "matmul",
                   .weight = 0,
                   .bias = bias.bytes.empty() ? kNoWeight : 1,
                   .k = weight.columns,
                   .n = weight.rows};
    return create(processor, {}, op, {weight.columns}, {weight, bias}, max_tokens);
  }

  [[nodiscard]] Result<void> prepare(std::span<const Part> parts) {
    return program_->prepare(parts, {.weights = weights_, .cancel = {}, .copied = {}, .compiled = {}});
  }
  // Runs the parts of a step of M tokens, all of which have logits, and waits.
  [[nodiscard]] Result<void> run(std::span<const Part> parts, int64_t tokens, int64_t position = 0) {
    const Step step{
        .shape = {.tokens = tokens, .position = position, .logit_rows = tokens}, .tokens = {}, .cancel = {}};
    const Batch batch{parts, ++batches_, true};
    TANDEM_TRY(program_->submit(batch, step));
    TANDEM_TRY(program_->finish(batch.number));
    return program_->collect(step);
  }
  [[nodiscard]] Part whole(int64_t tokens) const {
    return {.op = 0, .rows = graph_.ops[0].n, .tokens = tokens, .padded_tokens = tokens};
  }

  [[nodiscard]] float* input(ValueId id = 0) const {
    return pool_->data(graph_.values[static_cast<size_t>(id)]);
  }
  [[nodiscard]] float* output() const { return pool_->data(graph_.values.back()); }
  [[nodiscard]] Program& program() const { return *program_; }

 private:
  Weights weights_;
  Graph graph_;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<Program> program_;
  uint64_t batches_ = 0;
};

}  // namespace tandem::opencl
