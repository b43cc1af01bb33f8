// What the parts of a schedule cost, each distinct one asked of the cost model once.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "profile/cost_model.h"
#include "runtime/schedule.h"

namespace tandem {

class PartCosts {
 public:
  // All outlive it.
  PartCosts(const Graph& graph, const Weights& weights, const CostModel& costs)
      : graph_(graph), weights_(weights), costs_(costs) {}

  // Time in us of a part alone on its lane's processor.
  [[nodiscard]] double us(Lane lane, const Part& part, const StepShape& step);
  // Bytes that it moves, for energy.
  [[nodiscard]] double bytes(const Part& part, const StepShape& step) const;
  // Factor >= 1 by which `own` slows down while `others` runs on the other lane.
  [[nodiscard]] double slowdown(Lane lane, const Part& own, const Part& others);
  [[nodiscard]] MatmulWork work(const Part& part) const;

 private:
  using Key = std::array<int64_t, 6>;
  using PairKey = std::array<int64_t, 9>;
  [[nodiscard]] const Op& op(const Part& part) const { return graph_.ops[static_cast<size_t>(part.op)]; }
  [[nodiscard]] ProcessorKind processor(Lane lane) const {
    return lane == Lane::kNpu ? ProcessorKind::kNpu : costs_.primary();
  }

  const Graph& graph_;
  const Weights& weights_;
  const CostModel& costs_;
  std::map<Key, double> known_;
  std::map<PairKey, double> slowdowns_;
};

}  // namespace tandem
