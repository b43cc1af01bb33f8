#include "app/common.h"

#include <signal.h>

#include <iostream>

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
}

Result<LoadOptions> load_options(const ModelFlags& flags) {
  LoadOptions options;
  options.path = flags.path;
  options.context = flags.context;
  options.options.cpu.threads = flags.threads;
  TANDEM_ASSIGN(options.options.cpu.isa, rpc::parse_isa(flags.isa));
  return options;
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
