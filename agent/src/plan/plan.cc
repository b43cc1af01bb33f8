#include "plan/plan.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, kCauses> kCauseNames = {"not-a-matmul",
                                                               "no-npu",
                                                               "fastest",
                                                               "least-energy",
                                                               "bandwidth-adds",
                                                               "npu-slow-on-this-shape",
                                                               "below-npu-minimum",
                                                               "join-not-worth-it",
                                                               "graph-budget-spent",
                                                               "gpu-share-cap",
                                                               "strategy-not-allowed",
                                                               "type-not-on-npu",
                                                               "npu-refused-shape",
                                                               "override"};

}  // namespace

std::string_view cause_name(Cause cause) { return kCauseNames[static_cast<size_t>(cause)]; }

const LengthPlan& Plan::at(int64_t tokens) const {
  const auto found = std::ranges::lower_bound(lengths, tokens, {}, &LengthPlan::last);
  return found == lengths.end() ? lengths.back() : *found;
}

Plan plan_on_primary(const Graph& graph, ProcessorKind primary, int64_t max_tokens) {
  Plan plan;
  plan.cost_model = "none";
  plan.primary = primary;
  const Strategy strategy = primary == ProcessorKind::kGpu ? Strategy::kGpu : Strategy::kCpu;
  plan.placements = {{.chosen = {.strategy = strategy}, .cause = Cause::kNotAMatmul},
                     {.chosen = {.strategy = strategy}, .cause = Cause::kNoNpu}};
  LengthPlan length{.first = 1, .last = max_tokens, .length = max_tokens};
  for (const Op& op : graph.ops) length.placement.push_back(op.kind == OpKind::kMatmul ? 1 : 0);
  plan.lengths.push_back(std::move(length));
  return plan;
}

}  // namespace tandem
