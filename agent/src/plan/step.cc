#include "plan/step.h"

#include <algorithm>
#include <set>

#include "graph/cost.h"

namespace tandem {
namespace {

// Parts that one search may try: far above what it needs where its bound is any good; and a few dives.
constexpr int64_t kThoroughParts = 4000;
constexpr int64_t kQuickParts = 100;
constexpr size_t kMostSums = 3;    // That of two other matmuls is the longest.
constexpr double kLeastUs = 1e-3;  // Even an op that costs nothing has its place in the lane.

TokenSpan span_of(const OpClass& op_class, const TokenSpan& step) {
  return op_class.rows == Rows::kLogits ? TokenSpan{} : step;
}

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
  clock_.join_us = sync.join_us;
  clock_.submit_us = sync.submit_us;
  clock_.restart_us = std::max(sync.drained_submit_us, sync.submit_us);
  const Power power = costs.power();
  if (settings.objective == Objective::kEnergy && power.known) {
    clock_.elapsed_weight = power.idle_w;
    clock_.primary_weight = power.primary_w;
    clock_.npu_weight = power.npu_w;
  }
  for (const Segment& segment : shape.segments) {
    logits_only_.push_back(std::ranges::all_of(segment.ops, [&](const SegmentOp& op) {
      return shape.classes[static_cast<size_t>(op.op_class)].rows == Rows::kLogits;
    }));
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

// By how much the primary may be ahead, because it has the other matmuls of a segment to itself, or the NPU
// has them before.
std::vector<double> StepSolver::head_starts(const TokenSpan& span, size_t op_class, Care care) const {
  const SyncCosts& sync = makers_[op_class]->costs().sync();
  if (!costs_.has_npu()) return {};
  // The NPU starts late, and is heard late by a primary that should still be busy then.
  const double late = 2 * (sync.join_us + sync.submit_us);
  if (care == Care::kQuick) return {late};
  std::set<double> found = {0, late - sync.submit_us, late};
  for (const Segment& segment : shape_.segments) {
    const auto self = std::ranges::find(segment.ops, static_cast<int32_t>(op_class), &SegmentOp::op_class);
    if (self == segment.ops.end()) continue;
    std::vector<double> sums = {0};
    double others = 0;  // Of the primary only.
    for (const SegmentOp& op : segment.ops) {
      const auto id = static_cast<size_t>(op.op_class);
      if (!makers_[id]) others += other_us(shape_.classes[id], span.last);
      if (&op == &*self || !makers_[id] || sums.size() > kMostSums) continue;
      const TokenSpan tokens = span_of(shape_.classes[id], span);
      const double primary = makers_[id]->costs().primary(tokens.last, makers_[id]->costs().rows()).us;
      const double npu = makers_[id]->whole_us(tokens);
      for (size_t i = 0, count = sums.size(); i < count; ++i) {
        sums.push_back(sums[i] - primary);
        sums.push_back(sums[i] + npu);
      }
    }
    for (const double sum : sums) found.insert({late + sum, late + sum - others});
  }
  return {found.begin(), found.end()};
}

void StepSolver::make_options(StepSolution& solution, Care care) {
  const size_t classes = shape_.classes.size();
  solution.options.resize(classes);
  solution.order_failed.assign(classes, false);
  for (size_t i = 0; i < classes; ++i) {
    const OpClass& op_class = shape_.classes[i];
    if (!op_class.matmul) {
      const double us = other_us(op_class, solution.span.last);
      solution.options[i] = {
          {.strategy = primary_strategy(costs_.primary()), .times = {us, 0}, .total_us = us}};
      continue;
    }
    if (op_class.rows == Rows::kLogits && free_.filled) {
      solution.options[i] = free_.options[i];
      solution.order_failed[i] = free_.order_failed[i];
      continue;
    }
    solution.options[i] =
        makers_[i]->make(span_of(op_class, solution.span), care, head_starts(solution.span, i, care));
    solution.order_failed[i] = makers_[i]->order_failed();
  }
}

void StepSolver::solve_segments(StepSolution& solution, const ClockCosts& costs, Effort effort,
                                OfLogits* of_logits) {
  const PlaceInput input{solution.span.last, shape_, makers_, solution.slowdowns, settings_.row_step};
  SegmentPlacer placer(input, costs, solution.options);
  solution.segments.clear();
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    if (logits_only_[s] && of_logits != nullptr && of_logits->filled) {
      solution.segments.push_back(of_logits->segments[s]);
      continue;
    }
    const Segment& segment = shape_.segments[s];
    SegmentSolution found =
        placer.best_option(segment, effort == Effort::kSimplified ? kQuickParts : kThoroughParts);
    if (effort == Effort::kRefined) placer.refine(segment, found);
    if (effort != Effort::kOptions)
      placer.simplify(segment, found, solution.segments,
                      effort == Effort::kRefined ? kAsGood : kAsGoodBetween);
    solution.segments.push_back(std::move(found));
  }
  if (of_logits != nullptr && !of_logits->filled) {
    *of_logits = {true, solution.options, solution.segments, solution.order_failed};
  }
  add_up(solution);
}

void StepSolver::add_up(StepSolution& solution) const {
  solution.step_us = solution.primary_busy_us = solution.npu_busy_us = 0;
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const auto count = static_cast<double>(shape_.segments[s].count);
    solution.step_us += count * solution.segments[s].run.elapsed_us;
    solution.primary_busy_us += count * solution.segments[s].run.primary_busy_us;
    solution.npu_busy_us += count * solution.segments[s].run.npu_busy_us;
  }
}

// Makes the primary's time dearer until its share is small enough: the least price is found by bisection.
void StepSolver::keep_under_cap(StepSolution& solution) {
  const auto fits = [&] { return solution.primary_busy_us <= settings_.gpu_share_cap * solution.step_us; };
  if (fits()) return;
  if (solution.fastest.empty()) solution.fastest = solution.segments;
  const auto price = [&](double weight) {
    ClockCosts priced = clock_;
    priced.primary_weight += weight * std::max(clock_.elapsed_weight, kLeastUs);
    solve_segments(solution, priced, Effort::kOptions, nullptr);
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

double StepSolver::time_at(const StepSolution& solution, int64_t tokens) {
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
      const Option& chosen = solution.chosen(segment.ops[i], solution.segments[s].choice[i]);
      const int64_t rows = op_class.rows == Rows::kLogits ? 1 : tokens;
      times.push_back(makers_[id]->costs().moved(chosen, rows).lanes());
    }
    sum += static_cast<double>(segment.count) *
           run_segment(segment, times, solution.slowdowns, clock_).elapsed_us;
  }
  return sum;
}

bool StepSolver::runs_with(const StepSolution& solution, const std::vector<GraphMenu>& menus) const {
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const Segment& segment = shape_.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      const Option& chosen = solution.chosen(segment.ops[i], solution.segments[s].choice[i]);
      if (!has_graphs(menus[static_cast<size_t>(segment.ops[i].op_class)], chosen)) return false;
    }
  }
  return true;
}

int64_t StepSolver::least_tokens(const StepSolution& solution) const {
  int64_t least = 1;
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const Segment& segment = shape_.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      const OpClass& op_class = shape_.classes[static_cast<size_t>(segment.ops[i].op_class)];
      if (!op_class.matmul || op_class.rows == Rows::kLogits) continue;
      least = std::max(least,
                       tandem::least_tokens(solution.chosen(segment.ops[i], solution.segments[s].choice[i])));
    }
  }
  return least;
}

void StepSolver::adopt(const StepSolution& solution) {
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    const Segment& segment = shape_.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      CandidateMaker* maker = makers_[static_cast<size_t>(segment.ops[i].op_class)].get();
      if (maker != nullptr) maker->adopt(solution.chosen(segment.ops[i], solution.segments[s].choice[i]));
    }
  }
}

void StepSolver::choose(StepSolution& solution, bool new_graphs, OfLogits& of_logits) {
  solution.fastest.clear();
  const bool capped = settings_.gpu_share_cap < 1 && costs_.primary() == ProcessorKind::kGpu;
  const bool only_time = clock_.primary_weight == 0 && clock_.npu_weight == 0;
  if (!only_time) {
    ClockCosts latency = clock_;
    latency.elapsed_weight = 1;
    latency.primary_weight = latency.npu_weight = 0;
    solve_segments(solution, latency, Effort::kOptions, nullptr);
    solution.fastest = solution.segments;
  }
  const Effort effort = !only_time || capped ? Effort::kOptions
                        : new_graphs         ? Effort::kRefined
                                             : Effort::kSimplified;
  solve_segments(solution, clock_, effort, effort == Effort::kOptions ? nullptr : &of_logits);
  if (capped) keep_under_cap(solution);
}

StepSolution StepSolver::solve(int64_t tokens, Care care) {
  StepSolution solution;
  solution.span = {tokens, tokens};
  make_options(solution, care);
  find_slowdowns(solution);
  choose(solution, care == Care::kThorough, free_);
  return solution;
}

StepSolution StepSolver::solve_again(StepSolution solution, const std::vector<GraphMenu>& menus) {
  if (runs_with(solution, menus)) return solution;
  for (size_t i = 0; i < shape_.classes.size(); ++i) {
    if (!shape_.classes[i].matmul) continue;
    if (shape_.classes[i].rows == Rows::kLogits && restricted_.filled) {
      solution.options[i] = restricted_.options[i];
      solution.order_failed[i] = restricted_.order_failed[i];
      continue;
    }
    solution.options[i] = makers_[i]->restrict_to(menus[i], span_of(shape_.classes[i], solution.span),
                                                  std::move(solution.options[i]));
    solution.order_failed[i] = makers_[i]->order_failed();
  }
  solution.over_cap = false;
  solution.fastest.clear();
  choose(solution, false, restricted_);
  return solution;
}

}  // namespace tandem
