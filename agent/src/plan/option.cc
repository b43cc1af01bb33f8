#include "plan/option.h"

namespace tandem {

bool has_graphs(const GraphMenu& menu, const Option& option) {
  return !option.uses_npu() || std::ranges::all_of(option.set->pieces, [&](int64_t piece) {
    return menu.contains({option.npu_rows, piece});
  });
}

bool runs_at(const Option& option, int64_t tokens) {
  if (!option.uses_npu()) return true;
  const int64_t sum = option.set->tokens;
  switch (option.strategy) {
    case Strategy::kNpu:
    case Strategy::kWeight:
      return sum == tokens;
    case Strategy::kActivation:
      return sum < tokens;
    default:
      return sum >= tokens && sum - option.set->pieces.back() < tokens;
  }
}

int64_t least_tokens(const Option& option) {
  if (!option.uses_npu()) return 1;
  const int64_t sum = option.set->tokens;
  switch (option.strategy) {
    case Strategy::kNpu:
    case Strategy::kWeight:
      return sum;
    case Strategy::kActivation:
      return sum + 1;
    default:
      return sum - option.set->pieces.back() + 1;
  }
}

Candidate candidate_of(const Option& option, double sync_us) {
  Candidate candidate{.strategy = option.strategy,
                      .npu_rows = option.npu_rows,
                      .primary_us = option.times.primary_us,
                      .npu_us = option.times.npu_us,
                      .sync_us = sync_us + option.copy_us,
                      .predicted = option.predicted};
  if (option.uses_npu()) candidate.pieces = option.set->pieces;
  candidate.total_us = option.computing_us() + candidate.sync_us;
  return candidate;
}

}  // namespace tandem
