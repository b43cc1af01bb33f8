// What the commands that load a model share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/result.h"
#include "rpc/plan_params.h"
#include "runtime/session.h"

namespace tandem::app {

struct ModelFlags {
  std::string path;
  int threads = 0;
  std::string isa = "auto";
  int64_t context = 0;
  std::vector<std::string> processors;
  std::string settings = "{}";
  rpc::CostSource costs;
};

// --threads, --isa, --context, --processors, --settings, and where costs come from.
void add_model_flags(CLI::App& command, ModelFlags& flags);
[[nodiscard]] Result<LoadOptions> load_options(const ModelFlags& flags, const System& system);

// The costs alone: --soc, --soc-file and --profile.
void add_cost_flags(CLI::App& command, rpc::CostSource& costs);

// The sentence on stderr, or as {"error": {...}} on stdout; gives the exit status.
int report(const Error& error, bool as_json);

// A token that Ctrl-C cancels; a second Ctrl-C ends the process.
[[nodiscard]] const CancelToken& cancel_on_interrupt();

}  // namespace tandem::app
