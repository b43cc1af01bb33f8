// Which numbers of tokens share their placements. Between standard lengths the best placement changes where
// another set of NPU graphs covers the tokens, and somewhere between, where the primary gets slower.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/step.h"

namespace tandem {

// Where two placements meet, the border is found within this many tokens.
inline constexpr int64_t kBorderTokens = 4;
// Lengths share placements that lose no more than this part of the step: graphs cost memory and time.
inline constexpr double kSpanTolerance = 0.03;

// Solutions for 1 to max_tokens, ascending, without gaps.
[[nodiscard]] std::vector<StepSolution> solve_lengths(StepSolver& solver, const std::vector<PieceSet>& sets,
                                                      const SolverSettings& settings, int64_t max_tokens);

}  // namespace tandem
