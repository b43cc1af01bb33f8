// Profiles of this device: where they are kept, and measuring them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "json/fields.h"
#include "profile/profile.h"
#include "rpc/complete_options.h"
#include "runtime/processors.h"

namespace tandem::rpc {

// A model whose shapes are measured, and what measures them.
struct ProfileSubject {
  const Graph& graph;
  const Weights& weights;
  std::vector<ProcessorKind> processors;  // The primary, and the NPU where there is one.
  ProcessorOptions options;
};

struct MeasuredProfile {
  Profile profile;
  std::string path;  // Empty: it could not be kept, and a note says why.
  double elapsed_ms = 0;
  std::vector<std::string> notes;
};

// Continues the profile at `path` (empty: this device's own in the cache folder), at most for `budget_s` (0:
// as long as it takes). A file of another device, driver or agent is measured anew. Errors: cancelled,
// out-of-memory, those of the processors.
[[nodiscard]] Result<MeasuredProfile> measure_profile(const ProfileSubject& subject, const std::string& path,
                                                      double budget_s, const System& system,
                                                      const CompleteHooks& hooks);

// ProfileRunResult of protocol.schema.json.
[[nodiscard]] Json profile_json(const MeasuredProfile& measured);

}  // namespace tandem::rpc
