#include "rpc/portable.h"

#include <utility>

#include "profile/profile_costs.h"
#include "profile/profile_json.h"
#include "profile/soc_costs.h"
#include "rpc/model_outline.h"

namespace tandem::rpc {
namespace {

// As its file has it: "npu.matmulTflops" is a field of a group.
Json soc_json(const SocDescription& soc) {
  Json json = {{"format", 1},
               {"id", soc.id},
               {"name", soc.name},
               {"gpuName", soc.gpu_name},
               {"npuName", soc.npu_name},
               {"calibrated", soc.calibrated}};
  for (const SocField& field : soc.fields) {
    const size_t dot = field.path.find('.');
    json[field.path.substr(0, dot)][field.path.substr(dot + 1)] = {
        {"value", field.value}, {"origin", field_origin_name(field.origin)}, {"source", field.source}};
  }
  return json;
}

}  // namespace

Json portable_costs(const CostModel& costs) {
  if (const auto* const soc = dynamic_cast<const SocCostModel*>(&costs)) {
    Json description = soc_json(soc->soc());
    const Result<SocDescription> known = built_in_soc(soc->soc().id);
    if (known.ok() && soc_json(*known) == description) return {{"soc", soc->soc().id}};
    return {{"inline", std::move(description)}};
  }
  const auto* const profile = dynamic_cast<const ProfileCostModel*>(&costs);
  if (profile == nullptr) return nullptr;
  return {{"inline", parse_json(profile_text(profile->profile())).value_or(nullptr)}};
}

Result<Json> portable_model(const ModelSource& model) {
  if (model.path.empty()) return to_json(model);
  TANDEM_ASSIGN(const GgufFile file, GgufFile::open(model.path));
  return Json{{"outline", outline_json(file)}};
}

Result<Json> plan_origin(const ModelSource& model, const CostModel& costs) {
  TANDEM_ASSIGN(Json source, portable_model(model));
  const auto join_us = [&costs](SyncMode mode) { return costs.sync(mode).join_us; };
  return Json{{"costs",
               {{"name", costs.name()},
                {"origin", origin_name(costs.origin())},
                {"joinUs", {{"fast", join_us(SyncMode::kFast)}, {"driver", join_us(SyncMode::kDriver)}}}}},
              {"source", {{"model", std::move(source)}, {"costs", portable_costs(costs)}}}};
}

}  // namespace tandem::rpc
