#include "rpc/plan_outline.h"

#include <algorithm>
#include <map>

namespace tandem::rpc {
namespace {

bool holds_one_of(const LengthPlan& span, std::span<const int64_t> lengths) {
  return std::any_of(lengths.begin(), lengths.end(),
                     [&](int64_t tokens) { return span.first <= tokens && tokens <= span.last; });
}

// Placements that nobody names any more are left out, the others numbered anew.
void renumber(const std::vector<Placement>& placements, Plan& outline) {
  std::map<int32_t, int32_t> renumbered;
  outline.placements.clear();
  for (LengthPlan& span : outline.lengths) {
    for (int32_t& index : span.placement) {
      const auto [at, fresh] = renumbered.try_emplace(index, static_cast<int32_t>(renumbered.size()));
      if (fresh) outline.placements.push_back(placements[static_cast<size_t>(index)]);
      index = at->second;
    }
  }
}

}  // namespace

Plan plan_outline(const Plan& plan) {
  Plan outline = plan;
  std::erase_if(outline.lengths, [&](const LengthPlan& span) {
    return span.last != plan.max_tokens() && !holds_one_of(span, plan.settings.standard_lengths);
  });
  renumber(plan.placements, outline);
  return outline;
}

Plan plan_at(const Plan& plan, std::span<const int64_t> tokens) {
  Plan outline = plan;
  std::erase_if(outline.lengths, [&](const LengthPlan& span) { return !holds_one_of(span, tokens); });
  renumber(plan.placements, outline);
  for (Placement& placement : outline.placements) placement.lost.clear();
  return outline;
}

}  // namespace tandem::rpc
