// A plan at one step, as what each processor does in which order and what it waits for. Pure: the executor
// runs it on real processors, the simulation on modeled ones.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "plan/plan.h"
#include "processor/part.h"
#include "processor/processor.h"

namespace tandem {

enum class Lane : uint8_t { kPrimary, kNpu };
inline constexpr size_t kLanes = 2;
[[nodiscard]] constexpr size_t lane_index(Lane lane) { return static_cast<size_t>(lane); }
[[nodiscard]] constexpr Lane other(Lane lane) { return lane == Lane::kPrimary ? Lane::kNpu : Lane::kPrimary; }

// Parts [first, first + count) of a lane that run without waiting for the other lane in between.
struct ScheduledBatch {
  uint32_t first = 0, count = 0;
  uint32_t wait_for =
      0;  // Batches of the other lane that must be complete before this one starts; 0: none new.
  bool signals = false;  // The other lane waits for it, or it is the lane's last.
};

struct Schedule {
  std::array<std::vector<Part>, kLanes> parts;              // In execution order.
  std::array<std::vector<ScheduledBatch>, kLanes> batches;  // In order; they cover the parts.
  int64_t joins = 0;                                        // Batches with wait_for > 0, and the step's end.
};

// The parts of one step. Order within a lane is the graph's. A batch waits exactly where a part reads what
// the other lane wrote, or writes where the other lane still reads or writes (slots are reused). step.tokens
// <= plan.max_tokens(); an op with kLogits rows is split only where logit_rows is 1.
[[nodiscard]] Schedule make_schedule(const Graph& graph, const Plan& plan, const StepShape& step);

// One part for each op that has rows in this step, all of it on the primary.
[[nodiscard]] std::vector<Part> parts_on_primary(const Graph& graph, Strategy strategy,
                                                 const StepShape& step);

// Every part that any step of up to plan.max_tokens() tokens, of which up to max_logit_rows have logits, can
// ask of a lane: what prepare() is given. Steps with more than one logit row need the last ops whole on the
// primary.
[[nodiscard]] std::vector<Part> parts_to_prepare(const Graph& graph, const Plan& plan, Lane lane,
                                                 int64_t max_logit_rows = 1);

// What ActivationPool::create() must be given, padded rows included.
struct PoolRows {
  int64_t tokens = 0, logit_rows = 0;
};
[[nodiscard]] PoolRows pool_rows(const Graph& graph, const Plan& plan, int64_t max_logit_rows);

}  // namespace tandem
