// What a device's processors cost, measured there with a model's own shapes: a file that is made once for a
// phone and a model, and continued where it was interrupted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/fields.h"
#include "profile/cost_model.h"

namespace tandem {

// What a profile holds for: another driver or agent has other times.
struct ProfileKey {
  std::string device;      // "Xiaomi 14", or the host's CPU.
  std::string processors;  // Names of the processors with their drivers' versions.
  std::string agent;       // Version of the agent.
  friend bool operator==(const ProfileKey&, const ProfileKey&) = default;
};

// Times are in microseconds: the median of the repetitions, and half the distance of the quartiles.
struct MatmulSample {
  ProcessorKind processor = ProcessorKind::kGpu;
  MatmulWork work;
  double us = 0;
  double spread_us = 0;
  int64_t repetitions = 0;
};

struct OpSample {
  OpKind kind = OpKind::kAdd;
  int64_t bytes = 0, flops = 0;
  double us = 0;
  double spread_us = 0;
  int64_t repetitions = 0;
};

struct GraphSample {
  MatmulWork work;
  double compile_us = 0;
  int64_t bytes = 0;
};

// Streaming weights, each alone and both at once. 0: not measured.
struct BandwidthSample {
  double primary_gbps = 0, npu_gbps = 0;
  double primary_together_gbps = 0, npu_together_gbps = 0;
};

struct Profile {
  ProfileKey key;
  ProcessorKind primary = ProcessorKind::kCpu;
  bool has_npu = false;
  std::vector<MatmulSample> matmuls;
  std::vector<OpSample> others;
  std::vector<GraphSample> graphs;
  BandwidthSample bandwidth;
  SyncCosts fast, driver;
  std::vector<MatmulWork> refused;  // By the NPU.
  int64_t missing = 0;              // Samples that were planned and are not there yet.
};

[[nodiscard]] Json to_json(const Profile& profile);

// `where` names the file in errors. Errors: invalid-argument, naming the field.
[[nodiscard]] Result<Profile> read_profile(std::string_view text, const std::string& where);

// Error unsupported, naming what differs, where a profile was measured elsewhere.
[[nodiscard]] Result<void> check_key(const Profile& profile, const ProfileKey& wanted);

}  // namespace tandem
