#include "plan/budget.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <set>
#include <span>
#include <utility>

namespace tandem {
namespace {

using Graph2 = std::pair<int64_t, int64_t>;  // Rows, tokens.

// Steps of one token that count as much as one of each other length.
constexpr double kAnswerSteps = 100;
// What the chain may lose at least with a graph that an op alone could do without, as a part of the op.
constexpr double kLeastLoss = 0.01;

// Beside its weights.
GraphTotals cost_of(const OpClass& op_class, const Graph2& graph, const CostModel& costs) {
  MatmulWork work = op_class.work;
  work.n = graph.first;
  work.m = graph.second;
  return {1, costs.graph_bytes(work), costs.compile_us(work)};
}

// What graphs of all lengths with these rows share.
int64_t weight_bytes_of(const OpClass& op_class, int64_t rows, const CostModel& costs) {
  MatmulWork work = op_class.work;
  work.n = rows;
  return costs.graph_weight_bytes(work);
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

// A way to place one class of ops at one length, and the graphs that it needs.
struct Alternative {
  double us = 0;
  size_t count = 0;
  std::array<int32_t, kMostPieces> graphs{};

  [[nodiscard]] std::span<const int32_t> all() const { return {graphs.data(), count}; }
};

// One class of ops at one solved length.
struct Use {
  double weight = 0;                      // By which a microsecond lost per op counts.
  std::vector<Alternative> alternatives;  // Best first.
};

// Rows of one class's weights, which graphs of several lengths share.
struct SharedRows {
  int64_t bytes = 0;  // Of all ops of the class.
  int64_t graphs = 0, kept = 0;
};

struct Held {
  int32_t op_class = 0;
  Graph2 graph;
  GraphTotals totals;  // Of all ops of the class, beside the weights.
  size_t rows = 0;     // Index of its SharedRows.
  bool kept = true;
  std::vector<size_t> uses;
};

class Reduction {
 public:
  Reduction(const std::vector<StepSolution>& solutions, const ChainShape& shape, const CostModel& costs,
            const SolverSettings& settings)
      : shape_(shape), settings_(settings) {
    hold_graphs(solutions, costs);
    double prompt_weight = 0;
    for (const StepSolution& solution : solutions) {
      prompt_weight += static_cast<double>(solution.span.last - solution.span.first + 1);
    }
    for (const StepSolution& solution : solutions) {
      // Answers are made one token at a time: a prompt takes a step or two, an answer hundreds.
      const double lengths = static_cast<double>(solution.span.last - solution.span.first + 1);
      const double weight = solution.span.last == 1 ? kAnswerSteps * prompt_weight : lengths;
      add_uses(solution, weight / std::max(solution.step_us, 1e-9));
    }
  }

  // Gives up the graph of least loss, again and again. A graph's loss only grows as others go, so that only
  // the least one of a queue has to be looked at anew.
  std::vector<GraphMenu> reduce() {
    using Entry = std::pair<double, int32_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    for (size_t i = 0; i < held_.size(); ++i)
      queue.emplace(loss(static_cast<int32_t>(i)), static_cast<int32_t>(i));
    while (fullness(totals_, settings_) > 1 && !queue.empty()) {
      const auto [old_loss, index] = queue.top();
      queue.pop();
      const double now = loss(index);
      if (now > old_loss && !queue.empty() && now > queue.top().first) {
        queue.emplace(now, index);
        continue;
      }
      Held& held = held_[static_cast<size_t>(index)];
      held.kept = false;
      add_times(totals_, held.totals, -1);
      SharedRows& rows = rows_[held.rows];
      if (--rows.kept == 0) totals_.bytes -= rows.bytes;
    }
    std::vector<GraphMenu> menus(shape_.classes.size());
    for (const Held& held : held_) {
      if (held.kept) menus[static_cast<size_t>(held.op_class)].insert(held.graph);
    }
    return menus;
  }

 private:
  void hold_graphs(const std::vector<StepSolution>& solutions, const CostModel& costs) {
    split_rows_.resize(shape_.classes.size());
    for (size_t s = 0; s < shape_.segments.size(); ++s) {
      for (size_t i = 0; i < shape_.segments[s].ops.size(); ++i) {
        const int32_t id = shape_.segments[s].ops[i].op_class;
        const OpClass& op_class = shape_.classes[static_cast<size_t>(id)];
        for (const Graph2& graph : graphs_of(solutions, shape_, s, i)) {
          if (!index_.try_emplace({id, graph}, static_cast<int32_t>(held_.size())).second) continue;
          Held held{.op_class = id, .graph = graph, .rows = share_rows(id, graph.first, costs)};
          add_times(held.totals, cost_of(op_class, graph, costs), op_class.count);
          add_times(totals_, held.totals, 1);
          held_.push_back(std::move(held));
          if (graph.first < op_class.work.n)
            split_rows_[static_cast<size_t>(id)][graph.second].insert(graph.first);
        }
      }
    }
  }

  size_t share_rows(int32_t id, int64_t rows, const CostModel& costs) {
    const OpClass& op_class = shape_.classes[static_cast<size_t>(id)];
    const auto [found, added] = index_of_rows_.try_emplace({id, rows}, rows_.size());
    if (added) {
      rows_.push_back({.bytes = weight_bytes_of(op_class, rows, costs) * op_class.count});
      totals_.bytes += rows_.back().bytes;
    }
    ++rows_[found->second].graphs;
    ++rows_[found->second].kept;
    return found->second;
  }

  void add_uses(const StepSolution& solution, double weight) {
    for (size_t id = 0; id < shape_.classes.size(); ++id) {
      const OpClass& op_class = shape_.classes[id];
      if (!op_class.matmul) continue;
      Use use{.weight = weight * static_cast<double>(op_class.count)};
      for (const Option& option : solution.options[id]) {
        if (option.barred != Barred::kNo) continue;
        add_alternative(use, static_cast<int32_t>(id), option, option.npu_rows, option.total_us);
        if (!splits_rows(option.strategy)) continue;
        // The same split at the nearest rows that another length has; halves are taken as linear in their
        // rows.
        const auto n = static_cast<double>(op_class.work.n);
        const auto rows = static_cast<double>(option.npu_rows);
        const double sync_us = option.total_us - option.computing_us();
        const std::set<int64_t>& held = split_rows_[id][option.set->pieces.front()];
        const auto above = held.lower_bound(option.npu_rows);
        const auto begin = std::prev(above, std::min<std::ptrdiff_t>(2, std::distance(held.begin(), above)));
        const auto end = std::next(above, std::min<std::ptrdiff_t>(2, std::distance(above, held.end())));
        for (auto other = begin; other != end; ++other) {
          const auto there = static_cast<double>(*other);
          const double us = std::max(option.times.primary_us * (n - there) / (n - rows),
                                     option.times.npu_us * there / rows);
          add_alternative(use, static_cast<int32_t>(id), option, *other, us + sync_us);
        }
      }
      std::ranges::stable_sort(use.alternatives, {}, &Alternative::us);
      for (const Alternative& one : use.alternatives) {
        for (const int32_t graph : one.all()) {
          std::vector<size_t>& uses = held_[static_cast<size_t>(graph)].uses;
          if (uses.empty() || uses.back() != uses_.size()) uses.push_back(uses_.size());
        }
      }
      uses_.push_back(std::move(use));
    }
  }

  void add_alternative(Use& use, int32_t op_class, const Option& option, int64_t rows, double us) const {
    Alternative made{.us = us};
    if (option.uses_npu()) {
      for (const int64_t piece : option.set->pieces) {
        const auto found = index_.find({op_class, {rows, piece}});
        if (found == index_.end()) return;
        made.graphs[made.count++] = found->second;
      }
    }
    use.alternatives.push_back(made);
  }

  // The best that a use can have without one graph, -1: with all that are left.
  [[nodiscard]] double best_without(const Use& use, int32_t without) const {
    for (const Alternative& one : use.alternatives) {
      if (std::ranges::all_of(one.all(), [&](int32_t graph) {
            return graph != without && held_[static_cast<size_t>(graph)].kept;
          })) {
        return one.us;
      }
    }
    return std::numeric_limits<double>::infinity();
  }

  // Weighted time lost per part of the budget won. Without end where an override needs the graph.
  [[nodiscard]] double loss(int32_t index) const {
    const Held& held = held_[static_cast<size_t>(index)];
    double lost = 0;
    for (const size_t at : held.uses) {
      const double without = best_without(uses_[at], index);
      if (without == std::numeric_limits<double>::infinity()) return without;
      lost += uses_[at].weight * std::max(without - best_without(uses_[at], -1), kLeastLoss * without);
    }
    // Its weights go with the last graph that has them; until then each counts for a part of them.
    GraphTotals won = held.totals;
    won.bytes += rows_[held.rows].bytes / rows_[held.rows].graphs;
    return lost / std::max(fullness(won, settings_), 1e-12);
  }

  const ChainShape& shape_;
  const SolverSettings& settings_;
  std::vector<Use> uses_;
  std::vector<Held> held_;
  std::vector<SharedRows> rows_;
  std::map<std::pair<int32_t, Graph2>, int32_t> index_;
  std::map<std::pair<int32_t, int64_t>, size_t> index_of_rows_;
  std::vector<std::map<int64_t, std::set<int64_t>>> split_rows_;  // Of each class, by the graphs' tokens.
  GraphTotals totals_;
};

}  // namespace

GraphMenu graphs_of(const std::vector<StepSolution>& solutions, const ChainShape& shape, size_t segment,
                    size_t op) {
  GraphMenu graphs;
  const SegmentOp& one = shape.segments[segment].ops[op];
  if (!shape.classes[static_cast<size_t>(one.op_class)].matmul) return graphs;
  for (const StepSolution& solution : solutions) {
    const Option& option = solution.chosen(one, solution.segments[segment].choice[op]);
    if (!option.uses_npu()) continue;
    for (const int64_t piece : option.set->pieces) graphs.emplace(option.npu_rows, piece);
  }
  return graphs;
}

GraphTotals graph_totals(const std::vector<StepSolution>& solutions, const ChainShape& shape,
                         const CostModel& costs) {
  GraphTotals totals;
  for (size_t s = 0; s < shape.segments.size(); ++s) {
    for (size_t i = 0; i < shape.segments[s].ops.size(); ++i) {
      const OpClass& op_class = shape.classes[static_cast<size_t>(shape.segments[s].ops[i].op_class)];
      std::set<int64_t> rows;
      for (const Graph2& graph : graphs_of(solutions, shape, s, i)) {
        add_times(totals, cost_of(op_class, graph, costs), shape.segments[s].count);
        if (!rows.insert(graph.first).second) continue;
        totals.bytes += weight_bytes_of(op_class, graph.first, costs) * shape.segments[s].count;
      }
    }
  }
  return totals;
}

int64_t weights_on_npu(const ChainShape& shape, const CostModel& costs) {
  int64_t bytes = 0;
  for (const OpClass& op_class : shape.classes) {
    if (op_class.matmul) bytes += weight_bytes_of(op_class, op_class.work.n, costs) * op_class.count;
  }
  return bytes;
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
