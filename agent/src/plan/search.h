// The best placement of a segment's ops among finitely many: branch and bound on the clock.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/clock.h"

namespace tandem {

// A placement that is worse than the best by no more than this part may be returned for it.
inline constexpr double kSearchSlack = 0.002;

struct FoundChoice {
  std::vector<int32_t> choice;  // Of each op, an index into its ways.
  double score = 0;
  bool proven = false;  // No choice has a score below this one's by more than kSearchSlack.
};

// `ways[i]`: the ways to place op i, at least one. A partial placement is given up where a bound from below
// on all of its completions is not under the best score known. The bound holds because both lanes have to be
// done and nothing makes a part shorter: the segment's time is at least any weighted mean of what the lanes
// have so far and of the least that the same mean can come to for each op that is left. `most_parts`: how
// many parts may be tried before the best so far is returned, not proven.
[[nodiscard]] FoundChoice search_segment(const Segment& segment, std::span<const std::vector<LaneTimes>> ways,
                                         const Slowdowns& slowdowns, const ClockCosts& costs,
                                         int64_t most_parts);

}  // namespace tandem
