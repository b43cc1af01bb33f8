#include <utility>

#include "plan/json.h"

namespace tandem {
namespace {

constexpr const char* kStrategyWords = "cpu, gpu, npu, pad, weight, activation or hybrid";

std::vector<Strategy> parse_strategies(Fields& fields, std::vector<Strategy> absent, bool given) {
  const std::vector<std::string> names = fields.texts_or_none("strategies");
  if (!given) return absent;
  std::vector<Strategy> strategies;
  for (const std::string& name : names) {
    if (const auto strategy = strategy_by_name(name)) {
      strategies.push_back(*strategy);
    } else {
      fields.refuse("strategies", std::string("a list of ") + kStrategyWords);
    }
  }
  return strategies;
}

Override parse_override(Fields& parent, const Json& json, size_t index) {
  Fields fields(json, "settings.overrides[" + std::to_string(index) + "]");
  Override one;
  one.pattern = fields.text("pattern");
  const std::string strategy = fields.text("strategy");
  one.npu_share = fields.number_or("npuShare", 0);
  if (const auto known = strategy_by_name(strategy)) {
    one.strategy = *known;
  } else {
    fields.refuse("strategy", kStrategyWords);
  }
  parent.take(fields.finish());
  return one;
}

}  // namespace

Json to_json(const SolverSettings& settings) {
  Json strategies = Json::array(), overrides = Json::array();
  for (const Strategy strategy : settings.strategies) strategies.push_back(strategy_name(strategy));
  for (const Override& one : settings.overrides) {
    overrides.push_back(
        {{"pattern", one.pattern}, {"strategy", strategy_name(one.strategy)}, {"npuShare", one.npu_share}});
  }
  return {{"strategies", std::move(strategies)},
          {"standardLengths", settings.standard_lengths},
          {"rowStep", settings.row_step},
          {"minNpuTokens", settings.min_npu_tokens},
          {"maxPieces", settings.max_pieces},
          {"maxGraphs", settings.max_graphs},
          {"maxGraphBytes", settings.max_graph_bytes},
          {"maxCompileMs", settings.max_compile_ms},
          {"gpuShareCap", settings.gpu_share_cap},
          {"sync", sync_mode_name(settings.sync)},
          {"objective", settings.objective == Objective::kEnergy ? "energy" : "latency"},
          {"overrides", std::move(overrides)}};
}

Result<SolverSettings> settings_from_json(const Json& json) {
  SolverSettings settings;
  Fields fields(json, "settings");
  settings.strategies = parse_strategies(fields, std::move(settings.strategies),
                                         json.is_object() && json.contains("strategies"));
  if (json.is_object() && json.contains("standardLengths")) {
    settings.standard_lengths = fields.integers("standardLengths");
  }
  settings.row_step = fields.integer_or("rowStep", settings.row_step);
  settings.min_npu_tokens = fields.integer_or("minNpuTokens", settings.min_npu_tokens);
  settings.max_pieces = fields.integer_or("maxPieces", settings.max_pieces);
  settings.max_graphs = fields.integer_or("maxGraphs", settings.max_graphs);
  settings.max_graph_bytes = fields.integer_or("maxGraphBytes", settings.max_graph_bytes);
  settings.max_compile_ms = fields.number_or("maxCompileMs", settings.max_compile_ms);
  settings.gpu_share_cap = fields.number_or("gpuShareCap", settings.gpu_share_cap);
  const std::string sync = fields.text_or("sync", "fast");
  if (sync != "fast" && sync != "driver") fields.refuse("sync", "fast or driver");
  settings.sync = sync == "driver" ? SyncMode::kDriver : SyncMode::kFast;
  const std::string objective = fields.text_or("objective", "latency");
  if (objective != "latency" && objective != "energy") fields.refuse("objective", "latency or energy");
  settings.objective = objective == "energy" ? Objective::kEnergy : Objective::kLatency;
  if (const Json* overrides = fields.array_or_null("overrides")) {
    for (size_t i = 0; i < overrides->size(); ++i) {
      settings.overrides.push_back(parse_override(fields, (*overrides)[i], i));
    }
  }
  TANDEM_TRY(fields.finish());
  TANDEM_TRY(check_settings(settings));
  return settings;
}

}  // namespace tandem
