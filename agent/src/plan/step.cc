#include "plan/step.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/cost.h"

namespace tandem {
namespace {

constexpr int kPolishRounds = 4;
constexpr size_t kQuickLabels = 12;
constexpr double kLeastUs = 1e-3;  // Even an op that costs nothing has its place in the lane.

}  // namespace

StepSolver::StepSolver(const Graph& graph, const Weights& weights, const CostModel& costs,
                       const SolverSettings& settings, const ChainShape& shape,
                       const std::vector<PieceSet>& sets)
    : graph_(graph),
      weights_(weights),
      costs_(costs),
      settings_(settings),
      shape_(shape),
      rules_{costs, settings, sets} {
  const SyncCosts sync = costs.sync(settings.sync);
  chain_.join_us = sync.join_us;
  chain_.submit_us = sync.submit_us;
  chain_.restart_us = std::max(sync.drained_submit_us, sync.submit_us);
  const Power power = costs.power();
  if (settings.objective == Objective::kEnergy && power.known) {
    chain_.elapsed_weight = power.idle_w;
    chain_.primary_weight = power.primary_w;
    chain_.npu_weight = power.npu_w;
  }
  for (const OpClass& op_class : shape.classes) {
    const Override* order = op_class.override_index < 0
                                ? nullptr
                                : &settings.overrides[static_cast<size_t>(op_class.override_index)];
    makers_.push_back(op_class.matmul ? std::make_unique<CandidateMaker>(op_class, rules_, order) : nullptr);
  }
}

double StepSolver::other_us(const OpClass& op_class, int64_t tokens) const {
  const Op& op = graph_.ops[static_cast<size_t>(op_class.example)];
  const OpCost cost = op_cost(graph_, weights_, op, {.tokens = tokens, .position = 0, .logit_rows = 1});
  return std::max(costs_.other(costs_.primary(), op.kind, cost.bytes, cost.flops).us, kLeastUs);
}

void StepSolver::make_options(StepSolution& solution, bool thorough) {
  const size_t classes = shape_.classes.size();
  solution.options.resize(classes);
  solution.times.resize(classes);
  solution.allowed.resize(classes);
  solution.order_failed.assign(classes, false);
  for (size_t i = 0; i < classes; ++i) {
    const OpClass& op_class = shape_.classes[i];
    if (!op_class.matmul) {
      const double us = other_us(op_class, solution.span.last);
      solution.options[i] = {
          {.candidate = {
               .strategy = costs_.primary() == ProcessorKind::kGpu ? Strategy::kGpu : Strategy::kCpu,
               .primary_us = us,
               .total_us = us}}};
      solution.times[i] = {{us, 0}};
      solution.allowed[i] = {0};
      continue;
    }
    const TokenSpan span = op_class.rows == Rows::kLogits ? TokenSpan{} : solution.span;
    solution.options[i] = makers_[i]->make(span, thorough);
    solution.order_failed[i] = makers_[i]->order_failed();
    take_allowed(solution, i);
  }
}

void StepSolver::take_allowed(StepSolution& solution, size_t op_class) const {
  solution.times[op_class].clear();
  solution.allowed[op_class].clear();
  for (size_t option = 0; option < solution.options[op_class].size(); ++option) {
    const CandidateOption& one = solution.options[op_class][option];
    if (one.barred != Barred::kNo) continue;
    const double npu = one.candidate.npu_us;
    solution.times[op_class].push_back({one.candidate.primary_us, npu > 0 ? npu + one.copy_us : 0});
    solution.allowed[op_class].push_back(static_cast<int32_t>(option));
  }
}

void StepSolver::find_shared(StepSolution& solution) {
  solution.shared_times.assign(solution.times.size(), {});
  solution.shared.assign(solution.times.size(), {});
  for (size_t id = 0; id < solution.times.size(); ++id) {
    for (size_t i = 0; i < solution.times[id].size(); ++i) {
      if (solution.options[id][static_cast<size_t>(solution.allowed[id][i])].new_graphs) continue;
      solution.shared_times[id].push_back(solution.times[id][i]);
      solution.shared[id].push_back(static_cast<int32_t>(i));
    }
    if (!solution.shared[id].empty()) continue;
    // An override leaves nothing that others have.
    solution.shared_times[id] = solution.times[id];
    for (size_t i = 0; i < solution.times[id].size(); ++i)
      solution.shared[id].push_back(static_cast<int32_t>(i));
  }
}

SegmentSolution StepSolver::solve_one(const Segment& segment, const StepSolution& solution,
                                      const ChainCosts& costs) const {
  if (solution.shared.empty()) return solve_segment(segment, solution.times, solution.slowdowns, costs);
  ChainCosts quick = costs;
  quick.labels = kQuickLabels;
  SegmentSolution best = solve_segment(segment, solution.times, solution.slowdowns, quick);
  SegmentSolution shared = solve_segment(segment, solution.shared_times, solution.slowdowns, quick);
  if (shared.score > best.score * (1 + kGraphWorth)) return best;
  for (size_t i = 0; i < shared.choice.size(); ++i) {
    const auto id = static_cast<size_t>(segment.ops[i].op_class);
    shared.choice[i] = solution.shared[id][static_cast<size_t>(shared.choice[i])];
  }
  return shared;
}

void StepSolver::solve_segments(StepSolution& solution, const ChainCosts& costs) const {
  solution.segments.clear();
  for (const Segment& segment : shape_.segments)
    solution.segments.push_back(solve_one(segment, solution, costs));
  add_up(solution);
}

void StepSolver::add_up(StepSolution& solution) const {
  solution.step_us = solution.primary_busy_us = solution.npu_busy_us = 0;
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const auto count = static_cast<double>(shape_.segments[s].count);
    solution.step_us += count * solution.segments[s].elapsed_us;
    solution.primary_busy_us += count * solution.segments[s].primary_busy_us;
    solution.npu_busy_us += count * solution.segments[s].npu_busy_us;
  }
}

// Not where the choice is bound by more than time: a cap, or energy.
void StepSolver::polish_all(StepSolution& solution) {
  if (!solution.fastest.empty()) return;
  for (size_t s = 0; s < shape_.segments.size(); ++s) polish(solution, s);
  add_up(solution);
}

// Takes another option of one op where the segment gets better by it.
bool StepSolver::try_choice(StepSolution& solution, size_t segment, size_t op, int32_t choice) const {
  SegmentSolution& held = solution.segments[segment];
  const Segment& shape = shape_.segments[segment];
  std::vector<int32_t> choices = held.choice;
  choices[op] = choice;
  std::vector<LaneTimes> times;
  for (size_t i = 0; i < choices.size(); ++i) {
    times.push_back(
        solution.times[static_cast<size_t>(shape.ops[i].op_class)][static_cast<size_t>(choices[i])]);
  }
  SegmentSolution tried = run_segment(shape, times, solution.slowdowns, chain_);
  if (tried.score >= held.score - kLeastUs) return false;
  tried.choice = std::move(choices);
  held = std::move(tried);
  return true;
}

bool StepSolver::polish_op(StepSolution& solution, size_t segment, size_t op) {
  const SegmentOp& one = shape_.segments[segment].ops[op];
  const auto id = static_cast<size_t>(one.op_class);
  const OpClass& op_class = shape_.classes[id];
  if (!op_class.matmul) return false;
  bool better = false;
  for (size_t choice = 0; choice < solution.times[id].size(); ++choice) {
    better |= try_choice(solution, segment, op, static_cast<int32_t>(choice));
  }
  for (int64_t reach = 8; reach >= 1; reach /= 2) {
    for (const int64_t steps : {-reach, reach}) {
      const Candidate split = solution.chosen(one, solution.segments[segment].choice[op]).candidate;
      const auto moved =
          makers_[id]->with_rows(split, op_class.rows == Rows::kLogits ? 1 : solution.span.last,
                                 split.npu_rows + steps * settings_.row_step);
      if (!moved) continue;
      solution.options[id].push_back(*moved);
      solution.allowed[id].push_back(static_cast<int32_t>(solution.options[id].size() - 1));
      solution.times[id].push_back({moved->candidate.primary_us, moved->candidate.npu_us + moved->copy_us});
      if (try_choice(solution, segment, op, static_cast<int32_t>(solution.times[id].size() - 1))) {
        better = true;
      } else {
        solution.options[id].pop_back();
        solution.allowed[id].pop_back();
        solution.times[id].pop_back();
      }
    }
  }
  return better;
}

// Moves single choices, and splits by a few rows, as long as that helps.
void StepSolver::polish(StepSolution& solution, size_t segment) {
  for (int round = 0; round < kPolishRounds; ++round) {
    bool better = false;
    for (size_t op = 0; op < shape_.segments[segment].ops.size(); ++op)
      better |= polish_op(solution, segment, op);
    if (!better) return;
  }
}

// Makes the primary's time dearer until its share is small enough: the least price is found by bisection.
void StepSolver::keep_under_cap(StepSolution& solution) const {
  const auto fits = [&] { return solution.primary_busy_us <= settings_.gpu_share_cap * solution.step_us; };
  if (settings_.gpu_share_cap >= 1 || costs_.primary() != ProcessorKind::kGpu || fits()) return;
  if (solution.fastest.empty()) solution.fastest = solution.segments;
  const auto price = [&](double weight) {
    ChainCosts priced = chain_;
    priced.primary_weight += weight * std::max(chain_.elapsed_weight, kLeastUs);
    solve_segments(solution, priced);
    return fits();
  };
  double high = 0.25;
  while (!price(high)) {
    high *= 4;
    if (high > 1e4) {
      solution.over_cap = true;
      return;
    }
  }
  double low = 0;
  for (int i = 0; i < 6; ++i) {
    const double middle = (low + high) / 2;
    (price(middle) ? high : low) = middle;
  }
  price(high);
}

// Two ops of one segment may run side by side, one on each processor.
void StepSolver::find_slowdowns(StepSolution& solution) const {
  solution.slowdowns = Slowdowns(shape_.classes.size());
  if (!costs_.has_npu()) return;
  const auto work = [&](const OpClass& op_class) {
    MatmulWork whole = op_class.work;
    whole.m = op_class.rows == Rows::kLogits ? 1 : solution.span.last;
    return whole;
  };
  std::set<std::pair<int32_t, int32_t>> done;
  for (const Segment& segment : shape_.segments) {
    for (const SegmentOp& a : segment.ops) {
      const OpClass& on_primary = shape_.classes[static_cast<size_t>(a.op_class)];
      if (!on_primary.matmul) continue;
      for (const SegmentOp& b : segment.ops) {
        const OpClass& on_npu = shape_.classes[static_cast<size_t>(b.op_class)];
        if (!on_npu.matmul || &a == &b || !done.emplace(a.op_class, b.op_class).second) continue;
        const MatmulWork own = work(on_primary), others = work(on_npu);
        solution.slowdowns.of(a.op_class, b.op_class) = {
            std::max(1.0, costs_.slowdown_together(costs_.primary(), own, others)),
            std::max(1.0, costs_.slowdown_together(ProcessorKind::kNpu, others, own))};
      }
    }
  }
}

std::optional<double> StepSolver::time_at(const StepSolution& solution, int64_t tokens) {
  double sum = 0;
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const Segment& segment = shape_.segments[s];
    std::vector<LaneTimes> times;
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      const auto id = static_cast<size_t>(segment.ops[i].op_class);
      const OpClass& op_class = shape_.classes[id];
      if (!op_class.matmul) {
        times.push_back({other_us(op_class, tokens), 0});
        continue;
      }
      const Candidate& chosen = solution.chosen(segment.ops[i], solution.segments[s].choice[i]).candidate;
      const auto moved = makers_[id]->at(chosen, op_class.rows == Rows::kLogits ? 1 : tokens);
      if (!moved) return std::nullopt;
      const double npu = moved->candidate.npu_us;
      times.push_back({moved->candidate.primary_us, npu > 0 ? npu + moved->copy_us : 0});
    }
    sum += static_cast<double>(segment.count) *
           run_segment(segment, times, solution.slowdowns, chain_).elapsed_us;
  }
  return sum;
}

void StepSolver::adopt(const StepSolution& solution) {
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const Segment& segment = shape_.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      CandidateMaker* maker = makers_[static_cast<size_t>(segment.ops[i].op_class)].get();
      if (maker != nullptr)
        maker->adopt(solution.chosen(segment.ops[i], solution.segments[s].choice[i]).candidate);
    }
  }
}

void StepSolver::choose(StepSolution& solution) const {
  solution.fastest.clear();
  if (chain_.primary_weight > 0 || chain_.npu_weight > 0) {
    ChainCosts latency = chain_;
    latency.elapsed_weight = 1;
    latency.primary_weight = latency.npu_weight = 0;
    solve_segments(solution, latency);
    solution.fastest = solution.segments;
  }
  solve_segments(solution, chain_);
  keep_under_cap(solution);
}

StepSolution StepSolver::solve(const TokenSpan& span, bool sharing) {
  StepSolution solution;
  solution.span = span;
  // A length that shares graphs may lose more than splits to the last row would win.
  make_options(solution, !sharing);
  if (sharing) find_shared(solution);
  find_slowdowns(solution);
  choose(solution);
  if (!sharing) polish_all(solution);
  return solution;
}

StepSolution StepSolver::solve_again(StepSolution solution, const std::vector<GraphMenu>& menus) {
  for (size_t i = 0; i < shape_.classes.size(); ++i) {
    if (!shape_.classes[i].matmul) continue;
    const TokenSpan span = shape_.classes[i].rows == Rows::kLogits ? TokenSpan{} : solution.span;
    solution.options[i] = makers_[i]->restrict_to(menus[i], span, std::move(solution.options[i]));
    solution.order_failed[i] = makers_[i]->order_failed();
    take_allowed(solution, i);
  }
  solution.over_cap = false;
  solution.shared.clear();
  choose(solution);
  return solution;
}

}  // namespace tandem
