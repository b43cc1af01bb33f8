// Runs single ops of a model on one processor, on inputs that are the same for every processor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "processor/processor.h"
#include "verify/tasks.h"

namespace tandem {

class OpRunner {
 public:
  struct Subject {
    const Graph& graph;
    const Weights& weights;
    Processor& processor;
    SharedMemoryAllocator allocate;          // Of the activations.
    std::span<const int64_t> graph_lengths;  // Tokens that graphs of static shapes have; ascending.
    CancelToken cancel;
  };
  // For steps of up to max_tokens, padding included. What the subject names outlives it. Errors:
  // out-of-memory, those of the processor.
  [[nodiscard]] static Result<OpRunner> create(const Subject& subject, int64_t max_tokens);

  // Makes a program for a task; that of the last one is gone then, with its weights.
  [[nodiscard]] Result<void> begin(const VerifyTask& task);
  // The output of the task's last op for a step of this many tokens: [tokens, width], or [1, width] of ops
  // that run on rows with logits. Errors: those of Program.
  [[nodiscard]] Result<std::vector<float>> run(int64_t tokens);
  void end() { program_.reset(); }

  // Tokens that are computed for a step of this many.
  [[nodiscard]] int64_t padded(int64_t tokens) const;

 private:
  OpRunner(const Subject& subject, ActivationPool pool)
      : subject_(subject), pool_(std::make_unique<ActivationPool>(std::move(pool))) {}
  [[nodiscard]] const Op& op_of(OpId id) const { return subject_.graph.ops[static_cast<size_t>(id)]; }
  [[nodiscard]] Part part_of(OpId id, int64_t tokens) const;
  void fill_inputs(OpId id, int64_t tokens, int64_t position);
  [[nodiscard]] Result<void> submit(const Part& part, int64_t tokens, int64_t position);
  [[nodiscard]] Result<void> fill_cache(OpId append, int64_t positions);

  Subject subject_;
  bool static_shapes_ = false;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<Program> program_;
  VerifyTask task_;
  uint64_t batches_ = 0;
};

}  // namespace tandem
