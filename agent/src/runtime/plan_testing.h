// Random plans for tests: every strategy at every length, whatever it would cost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "graph/graph.h"
#include "plan/plan.h"

namespace tandem::testing_plan {

class RandomPlans {
 public:
  explicit RandomPlans(uint32_t seed) : random_(seed) {}

  // Intervals of random lengths up to max_tokens; the first is [1, 1].
  Plan plan(const Graph& graph, int64_t max_tokens, ProcessorKind primary = ProcessorKind::kCpu) {
    Plan plan;
    plan.primary = primary;
    plan.has_npu = true;
    for (int64_t first = 1; first <= max_tokens;) {
      const int64_t last = first == 1 ? 1 : std::min(max_tokens, first + number(0, 2 * first));
      add(graph, plan, first, last);
      first = last + 1;
    }
    return plan;
  }

  // The same strategy for every matmul, at every length.
  Plan uniform(const Graph& graph, int64_t max_tokens, Strategy strategy,
               ProcessorKind primary = ProcessorKind::kCpu) {
    only_ = strategy;
    Plan made = plan(graph, max_tokens, primary);
    only_.reset();
    return made;
  }

  int64_t number(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random_);
  }

 private:
  static Strategy alone(const Plan& plan) {
    return plan.primary == ProcessorKind::kCpu ? Strategy::kCpu : Strategy::kGpu;
  }

  void add(const Graph& graph, Plan& plan, int64_t first, int64_t last) {
    LengthPlan length;
    length.first = first;
    length.last = last;
    length.length = number(first, last);
    for (const Op& op : graph.ops) {
      Placement placement;
      placement.chosen.strategy = alone(plan);
      if (op.kind == OpKind::kMatmul && (only_ || number(0, 3) > 0)) {
        const bool logits = op.rows == Rows::kLogits;
        placement.chosen = share(plan, op, logits ? 1 : first, logits ? 1 : last);
      }
      placement.chosen.primary_us = static_cast<double>(number(0, 50));
      placement.chosen.npu_us = static_cast<double>(number(0, 50));
      length.placement.push_back(static_cast<int32_t>(plan.placements.size()));
      plan.placements.push_back(std::move(placement));
    }
    plan.lengths.push_back(std::move(length));
  }

  // A candidate for rows in [first, last].
  Candidate share(const Plan& plan, const Op& op, int64_t first, int64_t last) {
    static constexpr Strategy kShared[] = {Strategy::kNpu, Strategy::kPad, Strategy::kWeight,
                                           Strategy::kActivation, Strategy::kHybrid};
    Candidate candidate;
    candidate.strategy = only_ ? *only_ : kShared[number(0, 4)];
    candidate.npu_rows = op.n;
    const int64_t padded = (last + 31) / 32 * 32;
    switch (candidate.strategy) {
      case Strategy::kCpu:
      case Strategy::kGpu:
        candidate.strategy = alone(plan);
        candidate.npu_rows = 0;
        break;
      case Strategy::kNpu:
        candidate.pieces = {last};
        break;
      case Strategy::kPad:
        candidate.pieces = {padded};
        break;
      case Strategy::kActivation:
        for (int64_t rest = first; rest > 1 && candidate.pieces.size() < 3;) {
          candidate.pieces.push_back(number(1, rest));
          rest -= candidate.pieces.back();
        }
        if (candidate.pieces.empty()) candidate.pieces = {1};
        break;
      case Strategy::kWeight:
        candidate.npu_rows = number(1, op.n - 1);
        candidate.pieces = {last};
        break;
      case Strategy::kHybrid:
        candidate.npu_rows = number(1, op.n - 1);
        candidate.pieces = {padded};
        break;
    }
    return candidate;
  }

  std::mt19937 random_;
  std::optional<Strategy> only_;
};

}  // namespace tandem::testing_plan
