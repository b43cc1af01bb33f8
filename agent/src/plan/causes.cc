#include "plan/causes.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

// What is better by less than this explains nothing.
constexpr double kClearlyBetter = 0.99;
// The chain moves a split by some rows, to have a half done when another op needs it: that is still the same.
constexpr double kFarBetter = 0.95;

// Of the options that may not be chosen and are faster by themselves.
const Option* best_barred(const std::vector<Option>& options, const Option& won) {
  const Option* best = nullptr;
  for (const Option& option : options) {
    const double better = option.strategy == won.strategy ? kFarBetter : kClearlyBetter;
    if (option.barred == Barred::kNo || option.total_us >= won.total_us * better) continue;
    if (best == nullptr || option.total_us < best->total_us) best = &option;
  }
  return best;
}

Cause cause_of(Barred barred) {
  switch (barred) {
    case Barred::kByStrategies:
      return Cause::kStrategyNotAllowed;
    case Barred::kByMinimum:
      return Cause::kBelowNpuMinimum;
    default:
      return Cause::kGraphBudgetSpent;
  }
}

}  // namespace

Cause find_cause(const std::vector<Option>& options, size_t chosen, const ChoiceFacts& facts) {
  if (!facts.has_npu) return Cause::kNoNpu;
  if (facts.support == NpuSupport::kTypeNotSupported) return Cause::kTypeNotOnNpu;
  if (facts.support == NpuSupport::kShapeRefused) return Cause::kNpuRefusedShape;
  if (facts.ordered) return Cause::kOverride;
  if (facts.not_fastest) return facts.for_energy ? Cause::kLeastEnergy : Cause::kGpuShareCap;
  const Option& won = options[chosen];
  if (const Option* better = best_barred(options, won)) return cause_of(better->barred);
  if (is_split(won.strategy)) {
    return splits_rows(won.strategy) && facts.memory_bound ? Cause::kBandwidthAdds : Cause::kFastest;
  }
  const bool split_computes_faster = std::ranges::any_of(options, [&](const Option& option) {
    return is_split(option.strategy) && option.computing_us() < won.computing_us() * kClearlyBetter;
  });
  if (split_computes_faster) return Cause::kJoinNotWorthIt;
  if (won.uses_npu()) return Cause::kFastest;
  const bool whole_is_faster = std::ranges::any_of(options, [&](const Option& option) {
    return option.uses_npu() && option.computing_us() < won.computing_us() * kClearlyBetter;
  });
  return whole_is_faster ? Cause::kJoinNotWorthIt : Cause::kNpuSlowOnThisShape;
}

std::vector<Candidate> best_losers(const std::vector<Option>& options, size_t chosen) {
  std::array<const Option*, kStrategies> best{};
  for (const Option& option : options) {
    const Option*& held = best[static_cast<size_t>(option.strategy)];
    if (held == nullptr || option.total_us < held->total_us) held = &option;
  }
  best[static_cast<size_t>(options[chosen].strategy)] = nullptr;
  std::vector<Candidate> losers;
  for (const Option* one : best) {
    if (one != nullptr)
      losers.push_back(candidate_of(*one, one->total_us - one->computing_us() - one->copy_us));
  }
  std::ranges::stable_sort(losers, {}, &Candidate::total_us);
  return losers;
}

}  // namespace tandem
