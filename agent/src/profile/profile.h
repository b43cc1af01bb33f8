// What was measured on one device: costs of the model's own shapes on its processors. Data only;
// profile_json.h reads and writes it, measure.h fills it, profile_costs.h answers from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profile/cost_model.h"

namespace tandem {

// What the figures of a profile mean: one more whenever measuring changes so that old figures mislead.
inline constexpr int64_t kMeasuringMethod = 2;

// A profile holds for these only: other drivers and agents have other kernels.
struct ProfileKey {
  std::string device;  // Names of the processors.
  std::string driver;
  std::string agent;
  int64_t method = kMeasuringMethod;
  friend bool operator==(const ProfileKey&, const ProfileKey&) = default;
};

// Times in microseconds, without submission and joins.
struct Timing {
  double us = 0;      // Median.
  double spread = 0;  // Half the distance of the quartiles, as a part of the median.
  int64_t repetitions = 0;
};

struct MatmulSample {
  ProcessorKind processor = ProcessorKind::kCpu;
  MatmulWork work;
  Timing timing;
};

struct OtherSample {
  OpKind kind = OpKind::kAdd;
  int64_t bytes = 0, flops = 0;
  Timing timing;
};

struct CompileSample {
  MatmulWork work;
  double us = 0;
};

// Weights streamed by both processors, in GB/s; 0: not measured yet.
struct Bandwidths {
  double primary_alone = 0, npu_alone = 0;
  double primary_together = 0, npu_together = 0;
};

struct Profile {
  ProfileKey key;
  ProcessorKind primary = ProcessorKind::kCpu;
  bool has_npu = false;
  std::vector<MatmulSample> matmuls;
  std::vector<OtherSample> others;
  std::vector<CompileSample> compiles;
  std::vector<MatmulWork> refused;  // By the NPU, of any number of tokens; m is 0.
  std::vector<TensorType> npu_lacks;
  double npu_bytes_per_weight = 0;  // Held on the device by a compiled graph; 0: not measured.
  Bandwidths bandwidths;
  SyncCosts fast, driver;
  bool synced = false;    // fast and driver are measured.
  bool complete = false;  // Nothing that was asked for is missing.
};

}  // namespace tandem
