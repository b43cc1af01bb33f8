#include "plan/causes.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

// What is better by less than this explains nothing.
constexpr double kClearlyBetter = 0.999;
// The chain moves a split by a few rows, to have a half done when the other needs it: that is still the same.
constexpr double kFarBetter = 0.95;

const CandidateOption* best_barred(const std::vector<CandidateOption>& options, const Candidate& chosen) {
  const CandidateOption* best = nullptr;
  for (const CandidateOption& option : options) {
    if (option.barred == Barred::kNo || option.candidate.total_us >= chosen.total_us * kClearlyBetter)
      continue;
    if (best == nullptr || option.candidate.total_us < best->candidate.total_us) best = &option;
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

Cause find_cause(const std::vector<CandidateOption>& options, size_t chosen, const ChoiceFacts& facts) {
  if (!facts.has_npu) return Cause::kNoNpu;
  if (facts.support == NpuSupport::kTypeNotSupported) return Cause::kTypeNotOnNpu;
  if (facts.support == NpuSupport::kShapeRefused) return Cause::kNpuRefusedShape;
  if (facts.ordered) return Cause::kOverride;
  if (facts.not_fastest) return facts.for_energy ? Cause::kLeastEnergy : Cause::kGpuShareCap;
  const Candidate& won = options[chosen].candidate;
  if (const CandidateOption* better = best_barred(options, won)) return cause_of(better->barred);
  if (won.npu_us == 0) {
    const bool faster_but_for_joins = std::ranges::any_of(options, [&](const CandidateOption& option) {
      const Candidate& one = option.candidate;
      return one.npu_us > 0 && std::max(one.primary_us, one.npu_us) < won.total_us * kClearlyBetter;
    });
    return faster_but_for_joins ? Cause::kJoinNotWorthIt : Cause::kNpuSlowOnThisShape;
  }
  const bool better_alone = std::ranges::any_of(options, [&](const CandidateOption& option) {
    return option.barred == Barred::kNo && option.candidate.total_us < won.total_us * kFarBetter;
  });
  if (better_alone) return Cause::kJoinNotWorthIt;
  const bool by_rows = won.strategy == Strategy::kWeight || won.strategy == Strategy::kHybrid;
  return by_rows && facts.memory_bound ? Cause::kBandwidthAdds : Cause::kFastest;
}

std::vector<Candidate> best_losers(const std::vector<CandidateOption>& options, size_t chosen) {
  std::array<const Candidate*, kStrategies> best{};
  for (const CandidateOption& option : options) {
    const Candidate*& held = best[static_cast<size_t>(option.candidate.strategy)];
    if (held == nullptr || option.candidate.total_us < held->total_us) held = &option.candidate;
  }
  best[static_cast<size_t>(options[chosen].candidate.strategy)] = nullptr;
  std::vector<Candidate> losers;
  for (const Candidate* one : best) {
    if (one != nullptr) losers.push_back(*one);
  }
  std::ranges::stable_sort(losers, {}, &Candidate::total_us);
  return losers;
}

}  // namespace tandem
