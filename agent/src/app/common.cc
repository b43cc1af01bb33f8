#include "app/common.h"

#include <signal.h>

#include <iostream>

#include "rpc/complete_options.h"
#include "rpc/load_params.h"
#include "rpc/params.h"
#include "rpc/wire.h"

namespace tandem::app {
namespace {

const CancelToken* interrupted = nullptr;

}  // namespace

void add_model_flags(CLI::App& command, ModelFlags& flags) {
  command.add_option("-t,--threads", flags.threads, "Threads; 0: one per big core")->capture_default_str();
  command.add_option("--isa", flags.isa, "auto, scalar, avx2, avx512vnni, neon, dotprod or i8mm")
      ->capture_default_str();
  command.add_option("-c,--context", flags.context, "Tokens of context; 0: the model's own, at most 4096")
      ->capture_default_str();
  command
      .add_option("--processors", flags.processors, "cpu or gpu, then npu; without it, this device's best")
      ->delimiter(',');
  command.add_option("--settings", flags.settings, R"(Solver settings as JSON: {"sync":"driver"})")
      ->capture_default_str();
  add_cost_flags(command, flags.costs);
}

void add_cost_flags(CLI::App& command, rpc::CostSource& costs) {
  command.add_option("--soc", costs.soc, "Predict from a SoC description that comes with the agent");
  command.add_option("--soc-file", costs.soc_file, "Predict from a SoC description of your own");
  command.add_option("--profile", costs.profile, "Predict from this measured profile");
}

Result<LoadOptions> load_options(const ModelFlags& flags, const System& system) {
  Json params = {{"path", flags.path},
                 {"contextLength", flags.context},
                 {"threads", flags.threads},
                 {"isa", flags.isa},
                 {"processors", flags.processors},
                 {"costs", rpc::to_json(flags.costs)},
                 {"settings", parse_json(flags.settings).value_or(nullptr)}};
  if (!params["settings"].is_object()) {
    return Error{ErrorCode::kInvalidArgument,
                 "The settings are not a JSON object: give {\"sync\":\"driver\"} or the like.",
                 {}};
  }
  TANDEM_ASSIGN(const rpc::LoadParams parsed, rpc::parse_load(params));
  return rpc::complete_options(parsed, system, {});
}

int report(const Error& error, bool as_json) {
  if (as_json) {
    Json data = rpc::error_data_json(error);
    data["message"] = error.message;
    std::cout << json_text({{"error", std::move(data)}}) << std::endl;
  } else {
    std::cerr << "error: " << error.message << std::endl;
  }
  return 1;
}

const CancelToken& cancel_on_interrupt() {
  static const CancelToken token;
  interrupted = &token;
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted->cancel(); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  return token;
}

}  // namespace tandem::app
