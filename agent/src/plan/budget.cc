#include "plan/budget.h"

#include <algorithm>
#include <limits>
#include <map>

namespace tandem {
namespace {

using Graph2 = std::pair<int64_t, int64_t>;  // Rows, tokens.

GraphTotals cost_of(const OpClass& op_class, const Graph2& graph, const CostModel& costs) {
  MatmulWork work = op_class.work;
  work.n = graph.first;
  work.m = graph.second;
  return {1, costs.graph_bytes(work), costs.compile_us(work)};
}

void add_times(GraphTotals& totals, const GraphTotals& one, int64_t count) {
  totals.graphs += one.graphs * count;
  totals.bytes += one.bytes * count;
  totals.compile_us += one.compile_us * static_cast<double>(count);
}

// How far the totals are over the tightest bound: above 1 is too much.
double fullness(const GraphTotals& totals, const SolverSettings& settings) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  const auto part = [](double value, double bound) {
    return bound > 0 ? value / bound : value > 0 ? kEndless : 0;
  };
  double most = part(static_cast<double>(totals.graphs), static_cast<double>(settings.max_graphs));
  if (settings.max_graph_bytes > 0) {
    most = std::max(most, static_cast<double>(totals.bytes) / static_cast<double>(settings.max_graph_bytes));
  }
  if (settings.max_compile_ms > 0) most = std::max(most, totals.compile_us / 1e3 / settings.max_compile_ms);
  return most;
}

// One class of ops at one solved length, as the reduction sees it.
struct Use {
  int32_t op_class = 0;
  double weight = 0;  // By which a microsecond lost per op counts.
  const std::vector<CandidateOption>* options = nullptr;
  size_t chosen = 0;
};

// A graph that may go.
struct Held {
  GraphTotals totals;  // Of all ops of the class.
  bool kept = true;
  std::vector<size_t> uses;
};

class Reduction {
 public:
  Reduction(const std::vector<StepSolution>& solutions, const ChainShape& shape, const CostModel& costs,
            const SolverSettings& settings)
      : shape_(shape), settings_(settings) {
    double prompt_weight = 0;
    for (const StepSolution& solution : solutions) {
      prompt_weight += static_cast<double>(solution.span.last - solution.span.first + 1);
    }
    for (const StepSolution& solution : solutions) {
      // One token at a time is how answers are made: that length counts as much as all others.
      const double lengths = static_cast<double>(solution.span.last - solution.span.first + 1);
      const double weight = solution.span.last == 1 ? prompt_weight : lengths;
      add_solution(solution, weight / std::max(solution.step_us, 1e-9), costs);
    }
  }

  std::vector<GraphMenu> reduce() {
    while (fullness(totals_, settings_) > 1) {
      std::vector<std::pair<double, const std::pair<const Key, Held>*>> order;
      for (auto& entry : held_) {
        if (entry.second.kept) order.emplace_back(loss(entry), &entry);
      }
      if (order.empty()) break;
      std::ranges::sort(order, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->first < b.second->first;
      });
      // A few at a time: each that goes makes those that stay more valuable.
      const size_t batch = std::max<size_t>(1, order.size() / 16);
      for (size_t i = 0; i < batch && fullness(totals_, settings_) > 1; ++i) drop(order[i].second->first);
    }
    std::vector<GraphMenu> menus(shape_.classes.size());
    for (const auto& [key, held] : held_) {
      if (held.kept) menus[static_cast<size_t>(key.first)].insert(key.second);
    }
    return menus;
  }

 private:
  using Key = std::pair<int32_t, Graph2>;

  void add_solution(const StepSolution& solution, double weight, const CostModel& costs) {
    for (size_t s = 0; s < shape_.segments.size(); ++s) {
      const Segment& segment = shape_.segments[s];
      for (size_t i = 0; i < segment.ops.size(); ++i) {
        const int32_t id = segment.ops[i].op_class;
        const OpClass& op_class = shape_.classes[static_cast<size_t>(id)];
        if (!op_class.matmul) continue;
        const auto choice = static_cast<size_t>(solution.segments[s].choice[i]);
        const auto chosen = static_cast<size_t>(solution.allowed[static_cast<size_t>(id)][choice]);
        uses_.push_back({id, weight * static_cast<double>(segment.count),
                         &solution.options[static_cast<size_t>(id)], chosen});
        const Candidate& candidate = (*uses_.back().options)[chosen].candidate;
        for (const int64_t piece : candidate.pieces) {
          const auto [found, added] = held_.try_emplace(Key{id, {candidate.npu_rows, piece}});
          if (added) {
            add_times(found->second.totals, cost_of(op_class, found->first.second, costs), op_class.count);
            add_times(totals_, found->second.totals, 1);
          }
          found->second.uses.push_back(uses_.size() - 1);
        }
      }
    }
  }

  [[nodiscard]] bool has(int32_t op_class, int64_t rows, int64_t tokens, const Key& without) const {
    const Key key{op_class, {rows, tokens}};
    if (key == without) return false;
    const auto found = held_.find(key);
    return found != held_.end() && found->second.kept;
  }

  // The best that a use can have without one graph.
  [[nodiscard]] double best_without(const Use& use, const Key& without) const {
    double best = std::numeric_limits<double>::infinity();
    for (const CandidateOption& option : *use.options) {
      const Candidate& one = option.candidate;
      if (option.barred != Barred::kNo) continue;
      if (std::ranges::all_of(
              one.pieces, [&](int64_t piece) { return has(use.op_class, one.npu_rows, piece, without); })) {
        best = std::min(best, one.total_us);
      }
      if (one.strategy == Strategy::kWeight || one.strategy == Strategy::kHybrid) {
        best = std::min(best, best_other_rows(use, one, without));
      }
    }
    return best;
  }

  // The same split at rows that some other length has graphs of; halves are taken as linear in their rows.
  [[nodiscard]] double best_other_rows(const Use& use, const Candidate& split, const Key& without) const {
    const auto n = static_cast<double>(shape_.classes[static_cast<size_t>(use.op_class)].work.n);
    const auto rows = static_cast<double>(split.npu_rows);
    double best = std::numeric_limits<double>::infinity();
    for (auto at = held_.lower_bound(Key{use.op_class, {0, 0}});
         at != held_.end() && at->first.first == use.op_class; ++at) {
      const int64_t other = at->first.second.first;
      if (!at->second.kept || at->first == without || static_cast<double>(other) >= n) continue;
      if (!std::ranges::all_of(split.pieces,
                               [&](int64_t piece) { return has(use.op_class, other, piece, without); }))
        continue;
      const double primary = split.primary_us * (n - static_cast<double>(other)) / (n - rows);
      const double npu = split.npu_us * static_cast<double>(other) / rows;
      best = std::min(best, std::max(primary, npu) + split.sync_us);
    }
    return best;
  }

  // Weighted time lost per part of the budget won.
  [[nodiscard]] double loss(const std::pair<const Key, Held>& entry) const {
    double lost = 0;
    const Key nothing{-1, {0, 0}};
    for (const size_t index : entry.second.uses) {
      const Use& use = uses_[index];
      const double without = best_without(use, entry.first);
      if (without == std::numeric_limits<double>::infinity()) return without;  // An override needs it.
      lost += use.weight * std::max(0.0, without - std::min(without, best_without(use, nothing)));
    }
    return lost / std::max(fullness(entry.second.totals, settings_), 1e-12);
  }

  void drop(const Key& key) {
    Held& held = held_.at(key);
    held.kept = false;
    add_times(totals_, held.totals, -1);
  }

  const ChainShape& shape_;
  const SolverSettings& settings_;
  std::vector<Use> uses_;
  std::map<Key, Held> held_;
  GraphTotals totals_;
};

}  // namespace

GraphMenu graphs_of(const std::vector<StepSolution>& solutions, const ChainShape& shape, size_t segment,
                    size_t op) {
  GraphMenu graphs;
  const SegmentOp& one = shape.segments[segment].ops[op];
  if (!shape.classes[static_cast<size_t>(one.op_class)].matmul) return graphs;
  for (const StepSolution& solution : solutions) {
    const Candidate& candidate = solution.chosen(one, solution.segments[segment].choice[op]).candidate;
    for (const int64_t piece : candidate.pieces) graphs.emplace(candidate.npu_rows, piece);
  }
  return graphs;
}

GraphTotals graph_totals(const std::vector<StepSolution>& solutions, const ChainShape& shape,
                         const CostModel& costs) {
  GraphTotals totals;
  for (size_t s = 0; s < shape.segments.size(); ++s) {
    for (size_t i = 0; i < shape.segments[s].ops.size(); ++i) {
      const OpClass& op_class = shape.classes[static_cast<size_t>(shape.segments[s].ops[i].op_class)];
      for (const Graph2& graph : graphs_of(solutions, shape, s, i)) {
        add_times(totals, cost_of(op_class, graph, costs), shape.segments[s].count);
      }
    }
  }
  return totals;
}

bool within_budget(const GraphTotals& totals, const SolverSettings& settings) {
  return fullness(totals, settings) <= 1;
}

std::optional<std::vector<GraphMenu>> choose_menus(const std::vector<StepSolution>& solutions,
                                                   const ChainShape& shape, const CostModel& costs,
                                                   const SolverSettings& settings) {
  if (within_budget(graph_totals(solutions, shape, costs), settings)) return std::nullopt;
  return Reduction(solutions, shape, costs, settings).reduce();
}

}  // namespace tandem
