// Which processor runs which part of every op, for every number of tokens, and why.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "plan/settings.h"
#include "profile/cost_model.h"

namespace tandem {

// Why a placement won. On the wire in kebab-case: "npu-slow-on-this-shape".
enum class Cause : uint8_t {
  kNotAMatmul,          // Only the primary runs this op.
  kNoNpu,               // There is no NPU that can run it.
  kFastest,             // It has the least predicted time in the chain.
  kLeastEnergy,         // The objective is energy.
  kBandwidthAdds,       // Memory-bound: both together read faster than either.
  kNpuSlowOnThisShape,  // The primary is faster than any split with the NPU.
  kBelowNpuMinimum,     // Fewer tokens than min_npu_tokens.
  kJoinNotWorthIt,      // One processor was kept: a split computes faster, but gains less than joins cost.
  kGraphBudgetSpent,    // Number, bytes or compile time of NPU graphs.
  kGpuShareCap,         // The GPU may not be busy for longer.
  kStrategyNotAllowed,  // The better strategy is switched off.
  kTypeNotOnNpu,        // The NPU has no kernel for the weight's type.
  kNpuRefusedShape,     // The driver would not compile this shape.
  kOverride,            // A setting says so.
};
inline constexpr int kCauses = 14;
[[nodiscard]] std::string_view cause_name(Cause cause);

// One way to place one matmul at one length. Rows of the weight [0, n - npu_rows) go to the primary, the rest
// to the NPU; tokens of `pieces` go to the NPU one after another, those behind them to the primary.
struct Candidate {
  Strategy strategy = Strategy::kGpu;
  int64_t npu_rows = 0;  // n for npu, pad and activation; 0 on the primary alone.
  // Lengths of the NPU graphs that run, in order, longest first. Their sum covers the tokens and may pass
  // them (pad, hybrid), is the tokens (npu, weight: one graph), or leaves some to the primary (activation).
  std::vector<int64_t> pieces;
  double primary_us = 0;  // Predicted, 0 where it has no part.
  double npu_us = 0;
  double sync_us = 0;      // Joins and copies that this op pays in the chain.
  double total_us = 0;     // The paper's T (section 4): max of the two, plus sync_us.
  bool predicted = false;  // Some cost was computed from other shapes (profile).
};

struct Placement {
  Candidate chosen;
  Cause cause = Cause::kFastest;
  std::vector<Candidate> lost;  // Best first, at most one of each strategy.
};

// Placements of all ops for numbers of tokens in [first, last]. `length` is where they were solved.
struct LengthPlan {
  int64_t first = 1, last = 1;
  int64_t length = 1;
  std::vector<int32_t> placement;  // Of each op, an index into Plan::placements.
  double step_us = 0;              // Predicted, of the whole step at `length` (position 0).
  double primary_busy_us = 0, npu_busy_us = 0;
};

// A compiled NPU graph: rows of one matmul's weight at one length.
struct GraphSpec {
  OpId op = 0;
  int64_t first_row = 0, rows = 0;
  int64_t tokens = 0;
  friend bool operator==(const GraphSpec&, const GraphSpec&) = default;
};

struct Plan {
  SolverSettings settings;
  Origin origin = Origin::kModeled;
  std::string cost_model;  // Its name.
  ProcessorKind primary = ProcessorKind::kCpu;
  bool has_npu = false;
  std::vector<Placement> placements;
  std::vector<LengthPlan> lengths;  // Ascending, without gaps from 1 to max_tokens().
  std::vector<GraphSpec> graphs;    // What the NPU must have compiled.
  double compile_ms = 0;            // Predicted, of all graphs.
  int64_t graph_bytes = 0;
  std::vector<std::string> notes;  // Sentences, e.g. that an override matches no op.

  // The plan of a step of this many tokens, 1 to max_tokens(): a look-up.
  [[nodiscard]] const LengthPlan& at(int64_t tokens) const;
  [[nodiscard]] const Placement& placement(const LengthPlan& length, OpId op) const {
    return placements[static_cast<size_t>(length.placement[static_cast<size_t>(op)])];
  }
  [[nodiscard]] int64_t max_tokens() const { return lengths.back().last; }
};

// Everything on the primary: what runs where no co-processor is.
[[nodiscard]] Plan plan_on_primary(const Graph& graph, ProcessorKind primary, int64_t max_tokens);

// One line per op and length, equal layers folded, for people and golden files.
[[nodiscard]] std::string print_plan(const Graph& graph, const Plan& plan);

}  // namespace tandem
