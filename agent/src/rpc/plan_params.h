// The parameters of the requests about plans, profiles and simulations, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "json/fields.h"
#include "plan/settings.h"
#include "rpc/params.h"
#include "simulate/simulate.h"

namespace tandem::rpc {

// Exactly one of path, shape and outline is given.
struct ModelSource {
  std::string path;
  std::string shape;
  Json outline;                         // See model_outline.h; null where it is not given.
  TensorType type = TensorType::kQ4_0;  // Of a shape's weights.
  friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

// At most one is given; none: what the agent knows of this device.
struct CostSource {
  std::string soc;
  std::string soc_file;
  std::string profile;
  Json inlined;  // A profile or a description itself; null where it is not given.
  [[nodiscard]] bool empty() const {
    return soc.empty() && soc_file.empty() && profile.empty() && inlined.is_null();
  }
  friend bool operator==(const CostSource&, const CostSource&) = default;
};

struct PlanSolveParams {
  ModelSource model;
  CostSource costs;
  SolverSettings settings;
  int64_t max_tokens = 1024;
  std::vector<int64_t> lengths;  // Steps whose placements are asked for; empty: all, with what lost.
};

struct SimulateParams {
  ModelSource model;
  CostSource costs;
  SolverSettings settings;
  Engine engine = Engine::kTensor;
  int64_t prompt_tokens = 0;
  int64_t max_tokens = 0;
  std::string run_id;  // Empty: no trace.
  TraceParams trace;
};

struct ProfileRunParams {
  int64_t model_id = 0;
  std::string path;
  int64_t budget_ms = 0;
};

struct ReplanParams {
  int64_t model_id = 0;
  SolverSettings settings;
  CostSource costs;
};

[[nodiscard]] Json to_json(const ModelSource& source);
[[nodiscard]] Json to_json(const CostSource& source);

// Errors: invalid-argument, naming the field.
[[nodiscard]] Result<PlanSolveParams> parse_plan_solve(const Json& params);
[[nodiscard]] Result<SimulateParams> parse_simulate(const Json& params);
[[nodiscard]] Result<ProfileRunParams> parse_profile_run(const Json& params);
[[nodiscard]] Result<ReplanParams> parse_replan(const Json& params);

// The object `name` of a request; absent: defaults, or an empty source. Errors go to the parent.
[[nodiscard]] SolverSettings parse_settings(Fields& parent);
[[nodiscard]] CostSource parse_costs(Fields& parent);

}  // namespace tandem::rpc
