#include "rpc/plan_params.h"

#include <utility>

#include "plan/json.h"
#include "tensor/type.h"

namespace tandem::rpc {
namespace {

constexpr int64_t kLongestStep = 4096;
constexpr int64_t kLongestRun = 1 << 20;

ModelSource parse_model(Fields& parent) {
  ModelSource source;
  const Json* object = parent.object_or_null("model");
  if (object == nullptr) {
    parent.refuse("model", "an object with a path, a shape or an outline");
    return source;
  }
  Fields fields(*object, "params.model");
  source.path = fields.text_or("path", "");
  source.shape = fields.text_or("shape", "");
  if (const Json* outline = fields.object_or_null("outline")) source.outline = *outline;
  const std::string type = fields.text_or("type", "Q4_0");
  if (const auto known = type_by_name(type)) {
    source.type = *known;
  } else {
    fields.refuse("type", "a tensor type such as Q4_0");
  }
  const int given = int{!source.path.empty()} + int{!source.shape.empty()} + int{!source.outline.is_null()};
  if (given != 1) fields.refuse("path", "given, or else shape or outline, and only one of them");
  parent.take(fields.finish());
  return source;
}

int64_t integer_from(Fields& fields, const char* name, int64_t least, int64_t most) {
  const int64_t value = fields.integer(name);
  if (value < least || value > most) {
    fields.refuse(name, "from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

}  // namespace

SolverSettings parse_settings(Fields& parent) {
  const Json* object = parent.object_or_null("settings");
  if (object == nullptr) return {};
  Result<SolverSettings> settings = settings_from_json(*object);
  if (settings.ok()) return std::move(settings).value();
  parent.take(settings.error());
  return {};
}

CostSource parse_costs(Fields& parent) {
  CostSource source;
  const Json* object = parent.object_or_null("costs");
  if (object == nullptr) return source;
  Fields fields(*object, "params.costs");
  source.soc = fields.text_or("soc", "");
  source.soc_file = fields.text_or("socFile", "");
  source.profile = fields.text_or("profile", "");
  if (const Json* inlined = fields.object_or_null("inline")) source.inlined = *inlined;
  const int given = int{!source.soc.empty()} + int{!source.soc_file.empty()} + int{!source.profile.empty()} +
                    int{!source.inlined.is_null()};
  if (given > 1) fields.refuse("soc", "the only one of soc, socFile, profile and inline");
  parent.take(fields.finish());
  return source;
}

Json to_json(const ModelSource& source) {
  if (!source.path.empty()) return {{"path", source.path}};
  if (!source.outline.is_null()) return {{"outline", source.outline}};
  return {{"shape", source.shape}, {"type", type_traits(source.type).name}};
}

Json to_json(const CostSource& source) {
  Json json = Json::object();
  if (!source.soc.empty()) json["soc"] = source.soc;
  if (!source.soc_file.empty()) json["socFile"] = source.soc_file;
  if (!source.profile.empty()) json["profile"] = source.profile;
  if (!source.inlined.is_null()) json["inline"] = source.inlined;
  return json;
}

Result<PlanSolveParams> parse_plan_solve(const Json& params) {
  PlanSolveParams parsed;
  Fields fields(params, "params");
  parsed.model = parse_model(fields);
  parsed.costs = parse_costs(fields);
  if (parsed.costs.empty()) fields.refuse("costs", "an object with soc, socFile, profile or inline");
  parsed.settings = parse_settings(fields);
  parsed.max_tokens = fields.integer_or("maxTokens", parsed.max_tokens);
  if (parsed.max_tokens < 1 || parsed.max_tokens > kLongestStep) fields.refuse("maxTokens", "from 1 to 4096");
  if (fields.array_or_null("lengths") != nullptr) parsed.lengths = fields.integers("lengths");
  for (const int64_t length : parsed.lengths) {
    if (length < 1 || length > parsed.max_tokens)
      fields.refuse("lengths", "numbers of tokens up to maxTokens");
  }
  TANDEM_TRY(fields.finish());
  return parsed;
}

Result<SimulateParams> parse_simulate(const Json& params) {
  SimulateParams parsed;
  Fields fields(params, "params");
  parsed.model = parse_model(fields);
  parsed.costs = parse_costs(fields);
  if (parsed.costs.empty()) fields.refuse("costs", "an object with soc, socFile, profile or inline");
  parsed.settings = parse_settings(fields);
  const std::string engine = fields.text_or("engine", "tensor");
  bool known = false;
  for (int i = 0; i < kEngines && !known; ++i) {
    parsed.engine = static_cast<Engine>(i);
    known = engine_name(parsed.engine) == engine;
  }
  if (!known) fields.refuse("engine", "tensor, layer, gpu or npu");
  parsed.prompt_tokens = integer_from(fields, "promptTokens", 1, kLongestRun);
  parsed.max_tokens = integer_from(fields, "maxTokens", 0, kLongestRun);
  parsed.run_id = fields.text_or("runId", "");
  if (auto trace = parse_trace(fields)) parsed.trace = std::move(*trace);
  TANDEM_TRY(fields.finish());
  return parsed;
}

Result<ProfileRunParams> parse_profile_run(const Json& params) {
  ProfileRunParams parsed;
  Fields fields(params, "params");
  parsed.model_id = fields.integer("modelId");
  parsed.path = fields.text_or("path", "");
  parsed.budget_ms = fields.integer_or("budgetMs", 0);
  if (parsed.budget_ms < 0) fields.refuse("budgetMs", "0 or more");
  TANDEM_TRY(fields.finish());
  return parsed;
}

Result<ReplanParams> parse_replan(const Json& params) {
  ReplanParams parsed;
  Fields fields(params, "params");
  parsed.model_id = fields.integer("modelId");
  parsed.settings = parse_settings(fields);
  parsed.costs = parse_costs(fields);
  TANDEM_TRY(fields.finish());
  return parsed;
}

}  // namespace tandem::rpc
