// The NPU's parts of a model: graphs in sessions, run one after another on the thread that submits them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "backends/qnn/session.h"
#include "processor/processor.h"

namespace tandem::qnn {

// Executions are synchronous: each is complete, and its output visible, when submit() returns. A queue of the
// driver's would only hide from the executor which batch failed.
class QnnProgram : public Program {
 public:
  // All outlive the program.
  QnnProgram(const Device& device, const QnnOptions& options, const Graph& graph, const ActivationPool& pool);

  [[nodiscard]] Result<void> prepare(std::span<const Part> parts, const PrepareRequest& request) override;
  [[nodiscard]] Result<void> submit(const Batch& batch, const Step& step) override;
  [[nodiscard]] uint64_t completed() const override { return completed_.load(std::memory_order_acquire); }
  [[nodiscard]] Result<void> finish(uint64_t) override { return {}; }
  [[nodiscard]] Result<void> collect(const Step&) override { return {}; }
  [[nodiscard]] Usage usage() const override { return usage_; }
  [[nodiscard]] int64_t weight_bytes() const override;
  [[nodiscard]] int64_t scratch_bytes() const override { return 0; }
  [[nodiscard]] std::vector<std::string> notes() const override;

  // Graphs that were not compiled because they were kept from an earlier run.
  [[nodiscard]] int64_t graphs_from_cache() const { return graphs_from_cache_; }

 private:
  struct Ranges {
    Range input, output;
  };

  [[nodiscard]] Result<void> check(const Part& part) const;
  [[nodiscard]] Result<Ranges> ranges(const Part& part, const Step& step) const;
  [[nodiscard]] Result<void> run(const Part& part, const Step& step, uint32_t flow);
  void try_registered_memory();

  const Device& device_;
  const QnnOptions& options_;
  const Graph& graph_;
  const ActivationPool& pool_;
  BinaryCache cache_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::map<GraphKey, Session*> places_;
  std::set<GraphKey> known_;  // The keys of places_.
  bool tried_memory_ = false;
  bool registered_ = false;  // The pool's slots are mapped by the NPU.
  std::vector<std::string> notes_;
  std::atomic<uint64_t> completed_{0};
  int64_t graphs_from_cache_ = 0;
  Usage usage_;
};

}  // namespace tandem::qnn
