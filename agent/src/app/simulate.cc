// `tandem-agent simulate`: runs a model on modeled processors; needs shapes only.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/common.h"
#include "rpc/plan_work.h"

namespace tandem::app {
namespace {

struct SimulateFlags {
  std::string model;
  std::string type = "Q4_0";
  std::string engine = "tensor";
  std::string settings = "{}";
  rpc::CostSource costs;
  int64_t prefill = 256;
  int64_t decode = 32;
  std::string trace_path;
  bool json = false;
};

bool is_file(const std::string& model) {
  return model.ends_with(".gguf") || model.find('/') != std::string::npos;
}

void print_summary(const Json& result) {
  const auto number = [&result](const char* name) { return result.at(name).get<double>(); };
  std::printf("%s, %s\n", result.at("soc").get<std::string>().c_str(),
              result.at("calibrated").get<bool>() ? "modeled" : "modeled, uncalibrated");
  std::printf("prefill %.1f tokens/s, decode %.2f tokens/s, first token after %.1f ms\n",
              number("prefillTokensPerSecond"), number("decodeTokensPerSecond"),
              number("timeToFirstTokenMs"));
  std::printf("overlap %.1f %%, exposed sync %.2f %%, simulated in %.1f ms\n", number("overlapPercent"),
              number("exposedSyncPercent"), number("simulateMs"));
  for (const Json& note : result.at("notes")) std::printf("note: %s\n", note.get<std::string>().c_str());
}

Result<void> run(const SimulateFlags& flags) {
  const System system;
  Json model =
      is_file(flags.model) ? Json{{"path", flags.model}} : Json{{"shape", flags.model}, {"type", flags.type}};
  const Json params = {{"model", std::move(model)},
                       {"costs", rpc::to_json(flags.costs)},
                       {"settings", parse_json(flags.settings).value_or(nullptr)},
                       {"engine", flags.engine},
                       {"promptTokens", flags.prefill},
                       {"maxTokens", flags.decode}};
  TANDEM_ASSIGN(const rpc::SimulateParams parsed, rpc::parse_simulate(params));
  rpc::SimulationHooks hooks;
  hooks.cancel = cancel_on_interrupt();
  std::ofstream file;
  if (!flags.trace_path.empty()) {
    file.open(flags.trace_path, std::ios::binary | std::ios::trunc);
    hooks.trace = [&file](const std::string& bytes, bool) { file << bytes; };
  }
  TANDEM_ASSIGN(const Json result, rpc::run_simulation(parsed, system, hooks));
  if (!flags.trace_path.empty() && !file.flush()) {
    return Error{
        ErrorCode::kFileUnwritable,
        "The trace could not be written to " + flags.trace_path + ": check the folder and its space.",
        {{"path", flags.trace_path}}};
  }
  if (flags.json) {
    std::cout << json_text(result) << std::endl;
  } else {
    print_summary(result);
  }
  return {};
}

}  // namespace

void add_simulate(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("simulate", "Run a model on modeled processors");
  const auto flags = std::make_shared<SimulateFlags>();
  flags->costs.soc = "snapdragon-8-gen-3";
  command->add_option("model", flags->model, "A published shape such as llama-3-8b, or a GGUF file")
      ->required();
  command->add_option("--type", flags->type, "Tensor type of a shape's weights")->capture_default_str();
  command->add_option("--engine", flags->engine, "tensor, layer, gpu or npu")->capture_default_str();
  command->add_option("--settings", flags->settings, R"(Solver settings as JSON: {"sync":"driver"})")
      ->capture_default_str();
  CLI::Option* soc =
      command->add_option("--soc", flags->costs.soc, "A SoC description that comes with the agent")
          ->capture_default_str();
  const auto instead = [flags](const std::string&) { flags->costs.soc.clear(); };
  command->add_option("--soc-file", flags->costs.soc_file, "A SoC description of your own")
      ->excludes(soc)
      ->each(instead);
  command->add_option("--profile", flags->costs.profile, "A measured profile")->excludes(soc)->each(instead);
  command->add_option("-p,--prefill", flags->prefill, "Tokens of the prompt")->capture_default_str();
  command->add_option("-n,--decode", flags->decode, "Tokens that are generated")->capture_default_str();
  command->add_option("--trace", flags->trace_path, "Write a Perfetto trace to this file");
  command->add_flag("--json", flags->json, "Print JSON");
  command->callback([flags, &status] {
    const Result<void> result = run(*flags);
    status = result.ok() ? 0 : report(result.error(), flags->json);
  });
}

}  // namespace tandem::app
