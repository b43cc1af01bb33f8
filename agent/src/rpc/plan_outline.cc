#include "rpc/plan_outline.h"

#include <algorithm>
#include <map>

namespace tandem::rpc {

Plan plan_outline(const Plan& plan) {
  Plan outline = plan;
  const std::vector<int64_t>& standard = plan.settings.standard_lengths;
  std::erase_if(outline.lengths, [&](const LengthPlan& span) {
    const bool longest = span.last == plan.max_tokens();
    return !longest && std::none_of(standard.begin(), standard.end(), [&](int64_t tokens) {
      return span.first <= tokens && tokens <= span.last;
    });
  });
  // Placements that nobody names any more are left out, the others numbered anew.
  std::map<int32_t, int32_t> renumbered;
  outline.placements.clear();
  for (LengthPlan& span : outline.lengths) {
    for (int32_t& index : span.placement) {
      const auto [at, fresh] = renumbered.try_emplace(index, static_cast<int32_t>(renumbered.size()));
      if (fresh) outline.placements.push_back(plan.placements[static_cast<size_t>(index)]);
      index = at->second;
    }
  }
  return outline;
}

}  // namespace tandem::rpc
