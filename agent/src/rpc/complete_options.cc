#include "rpc/complete_options.h"

#include <cstdlib>
#include <utility>

#include "profile/profile_costs.h"
#include "rpc/costs.h"
#include "rpc/profile_work.h"
#include "rpc/wire.h"

namespace tandem::rpc {
namespace {

// A load waits this long for a first profile; what is missing then is predicted, and a note says so.
constexpr double kLoadBudgetS = 4;

}  // namespace

std::string cache_folder() {
  if (const char* given = std::getenv("TANDEM_CACHE"); given != nullptr) return given;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::string(home) + "/.cache/tandem/agent";
  return {};
}

Result<LoadOptions> complete_options(const LoadParams& params, const System& system,
                                     const CompleteHooks& hooks) {
  LoadOptions options = params.options;
  options.options.opencl.cache_folder = cache_folder();
  options.options.qnn.cache_folder = cache_folder();
  if (options.processors.empty()) options.processors = default_processors(known_processors(system));
  if (options.processors.size() < 2) return options;
  if (!params.costs.empty()) {
    TANDEM_ASSIGN(Costs costs, open_costs(params.costs));
    options.costs = std::move(costs.model);
    return options;
  }
  TANDEM_ASSIGN(const ModelOutline model, open_outline({.path = options.path, .shape = {}}));
  const ProfileSubject subject{model.graph, model.weights, options.processors, options.options};
  Result<MeasuredProfile> measured = measure_profile(subject, {}, kLoadBudgetS, system, hooks);
  if (!measured.ok()) {
    if (measured.error().code == ErrorCode::kCancelled) return std::move(measured).error();
    // Loading says what is wrong with a processor, and goes on without it.
    options.notes.push_back("This device has no profile: " + measured.error().message);
    return options;
  }
  options.notes = measured->notes;
  if (!measured->profile.complete) {
    options.notes.push_back(
        "The profile of this device is unfinished, so some times are predicted from other shapes: measure "
        "the "
        "rest with `tandem profile`.");
  }
  options.costs = std::make_shared<ProfileCostModel>(std::move(measured->profile));
  return options;
}

}  // namespace tandem::rpc
