// Runs steps of the graph as a plan has them, on one program or two: the caller's thread submits the
// primary's work, a thread of its own the co-processor's. Where one needs the other's result it waits for a
// join, `fast` (sleeps for the predicted time, then polls a flag) or `driver` (paper, section 3). No locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "plan/plan.h"
#include "processor/lane_thread.h"
#include "processor/processor.h"
#include "runtime/step_schedule.h"
#include "runtime/wait_predictor.h"

namespace tandem {

// What all waits together were, since the executor was made.
struct JoinStats {
  int64_t joins = 0;
  int64_t waited_ns = 0, slept_ns = 0;
  int64_t predicted = 0;  // Joins for which something was predicted,
  int64_t error_ns = 0;   // and by how much that was wrong, in sum.
};

class Executor {
 public:
  struct Options {
    ProcessorKind primary_kind = ProcessorKind::kCpu;
    // Makes the primary ready for parts that were the co-processor's. Errors: those of Program::prepare.
    std::function<Result<void>(std::span<const Part>)> prepare_primary;
    // For tests: called before each wait, on the thread that waits.
    std::function<void(Lane)> before_join;
  };

  // Graph and program outlive the executor, and no other executor ever ran the program.
  Executor(const Graph& graph, Program& primary, Options options);

  // The co-processor's program, which is new; null: there is none any more. Forgets its failure.
  void use_npu(Program* npu);

  // The plan of the steps to come; it outlives them. What it asks for is prepared.
  void use(const Plan& plan);

  // Runs one step of up to plan.max_tokens() tokens; step.trace is the ring of the calling thread, npu_trace
  // that of the co-processor's. Where the co-processor fails, the primary does the rest of the step and
  // npu_failure() tells: then use() a plan without it. Errors: cancelled; processor-failed (the primary).
  [[nodiscard]] Result<void> run(const Step& step, TraceRing* npu_trace);

  [[nodiscard]] const std::optional<Error>& npu_failure() const { return npu_failure_; }
  [[nodiscard]] JoinStats join_stats() const;

 private:
  // What one lane tells the other.
  struct LaneState {
    alignas(64) std::atomic<uint64_t> submitted{0};  // Number of the last batch that submit() took.
    std::atomic<bool> failing{false};                // Somebody writes, or wrote, the error.
    std::atomic<bool> failed{false};                 // It is there.
    std::optional<Error> error;
    uint64_t other_joined = 0;  // Number of the last batch of the other lane that is known to be complete.
    uint64_t base = 0;          // Number of the last batch before this step.
    uint64_t number = 0;        // Number of the last batch that was tried.
    int64_t joined_ns = 0;      // When the last wait ended, or the step began.
    JoinStats stats;
  };
  enum class Waited : uint8_t { kDone, kStopped, kFailed };

  void measure_sleep();
  const StepSchedule& schedule_of(const StepShape& shape);
  // Submits the batches of a lane. The index of the first that was not; all of them where it went through.
  uint32_t run_lane(Lane lane, const Step& step);
  [[nodiscard]] bool submit(Lane lane, uint32_t batch, const Step& step);
  // For batch `number` of `lane`, on the thread of `waiter`.
  [[nodiscard]] Waited wait(Lane waiter, Lane lane, uint64_t number, const PlannedWait& planned,
                            const Step& step);
  [[nodiscard]] Waited sleep_and_poll(Lane waiter, Lane lane, uint64_t number, const PlannedWait& planned,
                                      TraceRecord& record);
  [[nodiscard]] Waited ask_driver(Lane waiter, Lane lane, uint64_t number);
  [[nodiscard]] bool gives_up(Lane waiter) const;
  void fail(Lane lane, Error error);
  [[nodiscard]] Result<void> end_step(uint32_t primary_batch, const Step& step, const Step& npu_step);
  [[nodiscard]] Result<void> take_over(uint32_t primary_batch, const Step& step);
  void drain();

  [[nodiscard]] Program& program(Lane lane) { return lane == Lane::kPrimary ? primary_ : *npu_; }
  [[nodiscard]] LaneState& state(Lane lane) { return states_[lane_index(lane)]; }
  [[nodiscard]] Track track(Lane lane) const;

  const Graph& graph_;
  Program& primary_;
  Program* npu_ = nullptr;
  Options options_;
  const Plan* plan_ = nullptr;
  std::map<std::pair<int64_t, int64_t>, StepSchedule> schedules_;  // By tokens and logit rows.
  WaitPredictor predictor_;
  int64_t sleep_overrun_ns_ = 0;

  // Of the step that runs.
  const StepSchedule* current_ = nullptr;
  const Step* npu_step_ = nullptr;
  std::array<LaneState, kLanes> states_;
  alignas(64) std::atomic<bool> stop_{false};
  std::vector<Part> taken_over_;

  std::optional<Error> npu_failure_;
  LaneThread thread_;
};

}  // namespace tandem
