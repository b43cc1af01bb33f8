// The choice over a segment of ops. Two lanes, the primary's and the NPU's, each run their parts in the
// graph's order; a lane waits where it reads what the other wrote, and nothing else makes it wait.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/chain_shape.h"

namespace tandem {

// What one way to place an op takes of each lane, in microseconds; 0: no part there.
struct LaneTimes {
  double primary_us = 0;
  double npu_us = 0;
};

struct ChainCosts {
  double join_us = 0;     // One lane waits for the other.
  double restart_us = 0;  // From then on until the primary starts an op, if its queue has run empty.
  double submit_us = 0;   // The same of a queue that has not, and of the NPU; least time between two ops.
  size_t labels = 24;     // Partial solutions that are kept behind each op.
  // What is minimised: these times the segment's time and the time that each processor is busy.
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

struct SegmentSolution {
  std::vector<int32_t> choice;  // Of each op, an index into its options.
  std::vector<double> sync_us;  // Joins that each op's own parts and readers pay.
  double elapsed_us = 0;
  double score = 0;  // What was minimised.
  double primary_busy_us = 0, npu_busy_us = 0;
};

// `options[class]`: the ways to place an op of that class, at least one each.
[[nodiscard]] SegmentSolution solve_segment(const Segment& segment,
                                            const std::vector<std::vector<LaneTimes>>& options,
                                            const Slowdowns& slowdowns, const ChainCosts& costs);

// How long a segment takes whose op i is placed as times[i].
[[nodiscard]] SegmentSolution run_segment(const Segment& segment, std::span<const LaneTimes> times,
                                          const Slowdowns& slowdowns, const ChainCosts& costs);

}  // namespace tandem
