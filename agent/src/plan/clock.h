// The clock that plans are judged by: how long a segment takes whose ops are placed in some way. Two lanes,
// the primary's and the NPU's, each run their parts in the graph's order, as the executor does
// (runtime/schedule.h); a lane waits where it reads what the other wrote, and nothing else makes it wait.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "plan/chain_shape.h"

namespace tandem {

// What one way to place an op takes of each lane, in microseconds; 0: no part there.
struct LaneTimes {
  double primary_us = 0;
  double npu_us = 0;
};

struct ClockCosts {
  double join_us = 0;     // One lane waits for the other.
  double restart_us = 0;  // From then on until the primary starts an op, if its queue has run empty.
  double submit_us = 0;   // The same of a queue that has not, and of the NPU; least time between two ops.
  // The score is these times the segment's time and the time that each processor is busy.
  double elapsed_weight = 1, primary_weight = 0, npu_weight = 0;
};

// By which factors a part on the primary and one on the NPU slow down while both run, because they share the
// memory's bandwidth: of ops of two classes. Halves of one op have this in their times already.
class Slowdowns {
 public:
  struct Factors {
    double primary = 1, npu = 1;
  };
  explicit Slowdowns(size_t classes = 0) : classes_(classes), factors_(classes * classes) {}
  [[nodiscard]] Factors& of(int32_t primary_class, int32_t npu_class) {
    return factors_[static_cast<size_t>(primary_class) * classes_ + static_cast<size_t>(npu_class)];
  }
  [[nodiscard]] const Factors& of(int32_t primary_class, int32_t npu_class) const {
    return factors_[static_cast<size_t>(primary_class) * classes_ + static_cast<size_t>(npu_class)];
  }

 private:
  size_t classes_;
  std::vector<Factors> factors_;
};

// When an op's output is complete, by lane; long ago where the lane has no part.
struct Done {
  static constexpr double kNever = -std::numeric_limits<double>::infinity();
  double primary = kNever, npu = kNever;
};

// Both lanes behind some op. Times count from the segment's begin.
struct ClockState {
  struct Span {
    double start = 0, end = 0;
    int32_t op = -1;
  };
  double primary = 0, npu = 0;  // When each lane is done with what it has.
  // Results of the other lane up to this time have been waited for. What earlier segments computed is
  // complete at 0, and the NPU has yet to hear of it.
  double primary_knows = 0, npu_knows = -1;
  double primary_busy = 0, npu_busy = 0;
  // The two newest parts of each lane, the newest first: what a part of the other lane may still slow down.
  std::array<Span, 2> primary_parts, npu_parts;
};

class Clock {
 public:
  // All of it outlives the clock.
  Clock(const Segment& segment, const Slowdowns& slowdowns, const ClockCosts& costs)
      : segment_(segment), slowdowns_(slowdowns), costs_(costs) {}

  // Places op `op` behind those before it. `done`: of each op of the segment. `sync_us`: null, or of each op,
  // what joins cost that its own parts and its readers pay.
  void place(ClockState& state, std::span<Done> done, size_t op, const LaneTimes& times,
             std::vector<double>* sync_us = nullptr) const;

  // Until the primary knows that both lanes are done.
  [[nodiscard]] double elapsed(const ClockState& state) const;
  [[nodiscard]] double score(const ClockState& state) const {
    return costs_.elapsed_weight * elapsed(state) + weighted_busy(state);
  }
  [[nodiscard]] double weighted_busy(const ClockState& state) const {
    return costs_.primary_weight * state.primary_busy + costs_.npu_weight * state.npu_busy;
  }
  [[nodiscard]] const ClockCosts& costs() const { return costs_; }

 private:
  void add_npu(ClockState& to, std::span<Done> done, size_t op, double us, std::vector<double>* sync) const;
  void add_primary(ClockState& to, std::span<Done> done, size_t op, double us,
                   std::vector<double>* sync) const;
  [[nodiscard]] double begin_after(double free, double awaited) const;
  void slow_down(ClockState& to, std::span<Done> done, size_t primary_part, size_t npu_part) const;

  const Segment& segment_;
  const Slowdowns& slowdowns_;
  const ClockCosts& costs_;
};

struct SegmentRun {
  std::vector<double> sync_us;  // Of each op.
  double elapsed_us = 0;
  double score = 0;
  double primary_busy_us = 0, npu_busy_us = 0;
};

// How long a segment takes whose op i is placed as times[i].
[[nodiscard]] SegmentRun run_segment(const Segment& segment, std::span<const LaneTimes> times,
                                     const Slowdowns& slowdowns, const ClockCosts& costs);

}  // namespace tandem
