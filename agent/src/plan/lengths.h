// Which numbers of tokens share their placements.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/step.h"

namespace tandem {

// Lengths between standard ones share placements that lose no more than this part of the step: graphs cost
// memory and time to compile, and a prompt has at most one such step.
inline constexpr double kSpanTolerance = 0.05;
// The border between two placements is looked for down to this many tokens.
inline constexpr int64_t kBorderTokens = 4;

// Solutions for 1 to max_tokens, ascending, without gaps. Standard lengths and the longest stand for
// themselves: they are solved thoroughly, and no other placement is taken for theirs. `sets`: none where
// there is no NPU.
[[nodiscard]] std::vector<StepSolution> solve_lengths(StepSolver& solver, const std::vector<PieceSet>& sets,
                                                      const SolverSettings& settings, int64_t max_tokens);

}  // namespace tandem
