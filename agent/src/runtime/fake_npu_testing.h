// A co-processor for tests: real matmuls on one thread of the CPU, in its caller's thread or behind its back,
// slow, failing or refusing where a test says so.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_processor.h"
#include "base/clock.h"
#include "processor/part_record.h"

namespace tandem::testing_npu {

struct Behaviour {
  int64_t fail_at = -1;           // The part, counted from 0, whose batch fails.
  bool queues = false;            // Batches run on a thread of their own; else in submit().
  std::function<void()> before;   // Before each batch that runs.
  std::string refuses;            // prepare() says `unsupported` to ops with this in their name.
  int64_t most_rows = 0;          // More rows in one prepare() are out of memory; 0: no bound.
  std::atomic<int64_t> parts{0};  // That ran, of all programs.
};

class FakeNpuProgram : public Program {
 public:
  FakeNpuProgram(const Graph& graph, std::unique_ptr<Program> cpu, std::shared_ptr<Behaviour> behaviour)
      : graph_(graph), cpu_(std::move(cpu)), behaviour_(std::move(behaviour)) {
    if (behaviour_->queues) thread_ = std::thread([this] { work(); });
  }
  ~FakeNpuProgram() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> prepare(std::span<const Part> parts, const PrepareRequest& request) override {
    int64_t rows = 0;
    for (const Part& part : parts) {
      const Op& op = graph_.ops[static_cast<size_t>(part.op)];
      if (op.kind != OpKind::kMatmul) return Error{ErrorCode::kUnsupported, "Matmuls only.", {}};
      if (!behaviour_->refuses.empty() && op.name.find(behaviour_->refuses) != std::string::npos)
        return Error{ErrorCode::kUnsupported,
                     "The fake NPU refuses this shape.",
                     {{"op", op.name},
                      {"m", std::to_string(part.padded_tokens)},
                      {"k", std::to_string(op.k)},
                      {"n", std::to_string(part.rows)}}};
      if (behaviour_->most_rows > 0 && (rows += part.rows) > behaviour_->most_rows)
        return Error{ErrorCode::kOutOfMemory, "The fake NPU has no memory.", {{"op", op.name}}};
      prepared_.insert({part.op, part.first_row, part.rows, part.padded_tokens});
    }
    return cpu_->prepare(parts, request);
  }

  Result<void> submit(const Batch& batch, const Step& step) override {
    if (!behaviour_->queues) return run(batch, step);
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({batch, &step});
    }
    changed_.notify_all();
    return {};
  }

  uint64_t completed() const override { return completed_.load(std::memory_order_acquire); }

  Result<void> finish(uint64_t number) override {
    if (!behaviour_->queues) return {};
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ >= number || failed_; });
    if (failed_) return *failed_;
    return {};
  }

  Result<void> collect(const Step& step) override {
    if (step.trace == nullptr) return {};
    for (const TraceRecord& record : records_) step.trace->push(record);
    records_.clear();
    return {};
  }

  Usage usage() const override { return cpu_->usage(); }
  int64_t weight_bytes() const override { return cpu_->weight_bytes(); }
  int64_t scratch_bytes() const override { return cpu_->scratch_bytes(); }

 private:
  struct Queued {
    Batch batch;
    const Step* step = nullptr;
  };

  // Like a static graph it computes the padded rows, too.
  Result<void> run(const Batch& batch, const Step& step) {
    if (behaviour_->before) behaviour_->before();
    for (Part part : batch.parts) {
      if (!prepared_.contains({part.op, part.first_row, part.rows, part.padded_tokens}))
        return Error{ErrorCode::kInternal, "A part ran that was not prepared.", {}};
      if (behaviour_->parts.fetch_add(1) == behaviour_->fail_at)
        return Error{ErrorCode::kProcessorFailed, "The fake NPU failed.", {}};
      part.tokens = part.padded_tokens;
      Step quiet = step;
      quiet.trace = nullptr;
      const int64_t began = boottime_ns();
      TANDEM_TRY(cpu_->submit({.parts = {&part, 1}, .number = batch.number}, quiet));
      const uint32_t flow = part.op == batch.parts.back().op ? batch.flow : 0;
      if (step.trace == nullptr) continue;
      const TraceRecord record = part_record(part, step, Track::kNpu, began, boottime_ns(), flow);
      behaviour_->queues ? records_.push_back(record) : step.trace->push(record);
    }
    if (batch.signals || !behaviour_->queues) completed_.store(batch.number, std::memory_order_release);
    return {};
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const Queued next = queue_.front();
      queue_.pop_front();
      lock.unlock();
      Result<void> result;
      if (!failed_) result = run(next.batch, *next.step);
      lock.lock();
      if (!result.ok() && result.error().code != ErrorCode::kCancelled) failed_ = result.error();
      ended_ = next.batch.number;
      changed_.notify_all();
    }
  }

  const Graph& graph_;
  std::unique_ptr<Program> cpu_;
  std::shared_ptr<Behaviour> behaviour_;
  std::set<std::tuple<OpId, int64_t, int64_t, int64_t>> prepared_;
  std::vector<TraceRecord> records_;
  std::atomic<uint64_t> completed_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Queued> queue_;
  uint64_t ended_ = 0;
  std::optional<Error> failed_;
  bool stopping_ = false;
  std::thread thread_;
};

class FakeNpu : public Processor {
 public:
  FakeNpu(std::unique_ptr<cpu::CpuProcessor> cpu, std::shared_ptr<Behaviour> behaviour)
      : cpu_(std::move(cpu)), behaviour_(std::move(behaviour)) {}

  static Result<std::unique_ptr<Processor>> create(std::shared_ptr<Behaviour> behaviour) {
    TANDEM_ASSIGN(auto cpu, cpu::CpuProcessor::create({.threads = 1}, System()));
    return std::unique_ptr<Processor>(new FakeNpu(std::move(cpu), std::move(behaviour)));
  }

  ProcessorInfo info() const override {
    ProcessorInfo info = cpu_->info();
    info.kind = ProcessorKind::kNpu;
    info.name = "fake NPU";
    info.role = ProcessorRole::kCoProcessor;
    return info;
  }
  std::optional<std::string> why_not(const Graph&, const Weights&, const Op& op) const override {
    if (op.kind == OpKind::kMatmul) return std::nullopt;
    return "The NPU runs matmuls only.";
  }
  Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters&, int64_t) override {
    return Error{ErrorCode::kUnsupported, "The NPU has no cache.", {}};
  }
  Result<std::unique_ptr<Program>> make_program(const Graph& graph, ActivationPool& pool, KvCache*) override {
    TANDEM_ASSIGN(auto program, cpu_->make_program(graph, pool, nullptr));
    return std::unique_ptr<Program>(new FakeNpuProgram(graph, std::move(program), behaviour_));
  }

 private:
  std::unique_ptr<cpu::CpuProcessor> cpu_;
  std::shared_ptr<Behaviour> behaviour_;
};

}  // namespace tandem::testing_npu
