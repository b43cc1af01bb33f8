// The placement of one segment's ops at one length.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plan/candidates.h"
#include "plan/chain_shape.h"
#include "plan/clock.h"

namespace tandem {

// A segment that takes no longer than this part more is as good: then the simpler one is taken, with fewer
// splits and with graphs that others have already.
inline constexpr double kAsGood = 0.003;
// The same at lengths between standard ones.
inline constexpr double kAsGoodBetween = 0.02;

struct SegmentSolution {
  std::vector<int32_t> choice;  // Of each op, an index into its class's options.
  SegmentRun run;
};

// At one length.
struct PlaceInput {
  int64_t tokens = 1;
  const ChainShape& shape;
  const std::vector<std::unique_ptr<CandidateMaker>>&
      makers;  // Of each class; null for other ops than matmuls.
  const Slowdowns& slowdowns;
  int64_t row_step = 32;
};

class SegmentPlacer {
 public:
  // `options`: of each class; grows by the splits that prove good.
  SegmentPlacer(const PlaceInput& input, const ClockCosts& costs, std::vector<std::vector<Option>>& options)
      : input_(input), costs_(costs), options_(options) {}

  // The best of the options by search.h.
  [[nodiscard]] SegmentSolution best_option(const Segment& segment, int64_t most_parts) const;
  // Then moves splits by rows for as long as that helps: the neighbours of all splits at once, searched too.
  void refine(const Segment& segment, SegmentSolution& held);
  // Then takes the primary alone, or graphs that exist, where that is as good. `others`: of the same step.
  void simplify(const Segment& segment, SegmentSolution& held, const std::vector<SegmentSolution>& others,
                double as_good) const;

 private:
  using Choices = std::vector<std::vector<int32_t>>;  // Of each op, indices into its class's options.
  [[nodiscard]] bool search(const Segment& segment, const Choices& choices, int64_t most_parts,
                            SegmentSolution& held) const;
  [[nodiscard]] SegmentRun run(const Segment& segment, const std::vector<int32_t>& choice) const;
  [[nodiscard]] std::vector<int32_t> allowed(int32_t op_class) const;
  [[nodiscard]] std::vector<int32_t> neighbours(int32_t op_class, int32_t choice, int64_t reach);
  int32_t index_of(int32_t op_class, const Option& option);
  [[nodiscard]] const Option& option(const SegmentOp& op, int32_t choice) const {
    return options_[static_cast<size_t>(op.op_class)][static_cast<size_t>(choice)];
  }

  const PlaceInput& input_;
  const ClockCosts& costs_;
  std::vector<std::vector<Option>>& options_;
};

}  // namespace tandem
