// Fills a profile: runs the model's own shapes on the processors at hand. Minutes, once per device and model.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "processor/processor.h"
#include "profile/profile.h"

namespace tandem {

struct MeasureProgress {
  int64_t done = 0, total = 0;  // Samples.
  double remaining_s = 0;       // Estimated from those that were run; at most what the budget leaves.
  std::string what;             // "gpu 14336 x 4096 Q4_0"
};

struct MeasureRequest {
  const Graph& graph;
  const Weights& weights;
  Processor& primary;
  Processor* npu = nullptr;                                   // Null: there is none.
  std::vector<int64_t> lengths = {1, 32, 64, 128, 256, 512};  // Tokens, ascending.
  SharedMemoryAllocator allocate = allocate_pages;            // Of the activations.
  int64_t repetitions = 5;                                    // Of each sample, after a warm-up.
  double budget_s = 0;                                        // 0: as long as it takes.
  CancelToken cancel = {};
  std::function<void(const MeasureProgress&)> progress = nullptr;  // Null: nobody listens.
};

// What the profile has already is not run again, so a profile that was interrupted can be continued; its key
// is the caller's to set and to compare. Running out of budget is no error: then profile.complete is false,
// and it has what no time can be predicted without: two matmuls on each processor, and each other kind of op
// once. Whatever the outcome, the profile keeps what was measured. Errors: cancelled, out-of-memory,
// processor-failed, invalid-argument (lengths).
[[nodiscard]] Result<void> measure(const MeasureRequest& request, Profile& profile);

}  // namespace tandem
