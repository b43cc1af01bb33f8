// From what a request says of a model to what Session::load() needs: which processors, at which costs.
#pragma once

#include <functional>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "rpc/load_params.h"

namespace tandem::rpc {

struct CompleteHooks {
  std::function<void(std::string_view stage, int64_t done, int64_t total)> progress;
  CancelToken cancel;
};

// Processors that nobody named are this device's best. Costs that nobody named are this device's profile;
// where it has none for the model's shapes, a short one is measured and kept. Errors: those of the costs;
// cancelled.
[[nodiscard]] Result<LoadOptions> complete_options(const LoadParams& params, const System& system,
                                                   const CompleteHooks& hooks);

// Where compiled kernels, NPU graphs and profiles are kept: the environment's TANDEM_CACHE, else a folder in
// the user's; empty where there is neither.
[[nodiscard]] std::string cache_folder();

}  // namespace tandem::rpc
