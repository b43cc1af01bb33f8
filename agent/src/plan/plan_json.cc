#include <utility>

#include "plan/json.h"

namespace tandem {
namespace {

Json candidate_json(const Candidate& candidate) {
  return {{"strategy", strategy_name(candidate.strategy)},
          {"npuRows", candidate.npu_rows},
          {"pieces", candidate.pieces},
          {"primaryUs", candidate.primary_us},
          {"npuUs", candidate.npu_us},
          {"syncUs", candidate.sync_us},
          {"totalUs", candidate.total_us},
          {"predicted", candidate.predicted}};
}

Json length_json(const LengthPlan& length) {
  return {{"first", length.first},          {"last", length.last},
          {"length", length.length},        {"placement", length.placement},
          {"stepUs", length.step_us},       {"primaryBusyUs", length.primary_busy_us},
          {"npuBusyUs", length.npu_busy_us}};
}

Json op_json(const Op& op, const Weights& weights) {
  const bool weighted = op.weight != kNoWeight;
  return {{"name", op.name},
          {"layer", op.layer < 0 ? Json() : Json(op.layer)},
          {"kind", op_kind_name(op.kind)},
          {"type", weighted ? Json(type_traits(weights.view(op.weight).type).name) : Json()},
          {"n", op.n},
          {"k", op.k}};
}

}  // namespace

Json to_json(const Placement& placement) {
  Json lost = Json::array();
  for (const Candidate& candidate : placement.lost) lost.push_back(candidate_json(candidate));
  return {{"chosen", candidate_json(placement.chosen)},
          {"cause", cause_name(placement.cause)},
          {"lost", std::move(lost)}};
}

Json to_json(const Graph& graph, const Weights& weights, const Plan& plan) {
  Json ops = Json::array(), placements = Json::array(), lengths = Json::array();
  for (const Op& op : graph.ops) ops.push_back(op_json(op, weights));
  for (const Placement& placement : plan.placements) placements.push_back(to_json(placement));
  for (const LengthPlan& length : plan.lengths) lengths.push_back(length_json(length));
  return {{"settings", to_json(plan.settings)},
          {"origin", origin_name(plan.origin)},
          {"costModel", plan.cost_model},
          {"primary", processor_kind_name(plan.primary)},
          {"hasNpu", plan.has_npu},
          {"ops", std::move(ops)},
          {"placements", std::move(placements)},
          {"lengths", std::move(lengths)},
          {"graphs", plan.graphs.size()},
          {"graphBytes", plan.graph_bytes},
          {"compileMs", plan.compile_ms},
          {"notes", plan.notes}};
}

}  // namespace tandem
