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
  double restart_us = 0;  // The primary's queue has run empty in such a wait, until the next op starts.
  double submit_us = 0;   // Least time between two ops of the primary.
  // What is minimised: these times the segment's time and the time that each processor is busy.
  double elapsed_weight = 1, primary_weight = 0, npu_weight = 0;
};

struct SegmentSolution {
  std::vector<int32_t> choice;  // Of each op, an index into its options.
  std::vector<double> sync_us;  // Joins that each op's own parts and readers pay.
  double elapsed_us = 0;
  double primary_busy_us = 0, npu_busy_us = 0;
};

// `options[class]`: the ways to place an op of that class, at least one each.
[[nodiscard]] SegmentSolution solve_segment(const Segment& segment,
                                            const std::vector<std::vector<LaneTimes>>& options,
                                            const ChainCosts& costs);

}  // namespace tandem
