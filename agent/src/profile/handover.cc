#include "profile/handover.h"

#include <array>
#include <atomic>
#include <optional>

#include "base/clock.h"
#include "base/sleep.h"
#include "processor/lane_thread.h"
#include "processor/poll.h"

namespace tandem {
namespace {

constexpr int64_t kPatienceNs = 1'000'000'000;  // A program that failed may never signal: then it says so.

// One side of the game; each is one thread's, but for what the other waits for.
class Lane {
 public:
  Lane(Turn& turn, CancelToken cancel)
      : turn_(turn),
        base_(turn.number),
        tokens_(static_cast<size_t>(turn.shape.tokens), 0),
        step_{.shape = turn.shape, .tokens = tokens_, .cancel = std::move(cancel), .trace = nullptr} {
    submitted_.store(base_, std::memory_order_relaxed);
  }

  // False where it failed, or the other did.
  bool submit() {
    Result<void> result =
        turn_.program.submit({.parts = {&turn_.part, 1}, .number = ++turn_.number, .signals = true}, step_);
    if (!result.ok()) return fail(std::move(result).error());
    submitted_.store(turn_.number, std::memory_order_release);
    return true;
  }

  // On the other's thread: until batch `round`, counted from 1, is complete.
  bool wait_for(uint64_t round, SyncMode mode, const Lane& waiter) {
    const uint64_t number = base_ + round;
    Poll poll;
    const auto over = [&] {
      if (mode == SyncMode::kFast && poll.polled_ns() < kPatienceNs)
        return turn_.program.completed() >= number;
      return submitted_.load(std::memory_order_acquire) >= number;
    };
    for (; !over(); poll.pause()) {
      if (failed_.load(std::memory_order_acquire) || waiter.failed_.load(std::memory_order_acquire))
        return false;
    }
    if (mode == SyncMode::kFast && poll.polled_ns() < kPatienceNs) return true;
    Result<void> result = turn_.program.finish(number);
    return result.ok() || fail(std::move(result).error());
  }

  Result<void> end() {
    if (!error_) TANDEM_TRY(turn_.program.finish(turn_.number));
    TANDEM_TRY(turn_.program.collect(step_));
    if (error_) return *error_;
    return {};
  }

 private:
  bool fail(Error error) {
    if (failing_.exchange(true, std::memory_order_relaxed)) return false;
    error_ = std::move(error);
    failed_.store(true, std::memory_order_release);
    return false;
  }

  Turn& turn_;
  const uint64_t base_;
  std::vector<int32_t> tokens_;
  Step step_;
  alignas(64) std::atomic<uint64_t> submitted_{0};
  std::atomic<bool> failing_{false}, failed_{false};
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<double>> run_turns(Turn& primary, Turn& npu, SyncMode mode, Turns turns, int64_t rounds,
                                      const CancelToken& cancel) {
  Lane own(primary, cancel), beside(npu, cancel);
  const uint64_t ahead = turns == Turns::kAtOnce ? 1 : 0;
  const auto last = static_cast<uint64_t>(rounds);
  LaneThread thread([&] {
    for (uint64_t round = 1; round <= last; ++round) {
      if (round > ahead && !own.wait_for(round - ahead, mode, beside)) return;
      if (!beside.submit()) return;
    }
  });
  const PreciseSleep precise;
  if (!thread.start()) {
    return Error{ErrorCode::kProcessorFailed,
                 "The system gives no thread for the NPU: end other programs and try again.",
                 {}};
  }
  std::vector<double> times;
  int64_t began = boottime_ns();
  for (uint64_t round = 1; round <= last; ++round) {
    if (!own.submit() || !beside.wait_for(round, mode, own)) break;
    const int64_t now = boottime_ns();
    times.push_back(static_cast<double>(now - began) / 1e3);
    began = now;
  }
  thread.wait();
  TANDEM_TRY(own.end());
  TANDEM_TRY(beside.end());
  return times;
}

}  // namespace tandem
