#include "plan/lengths.h"

#include <algorithm>

namespace tandem {
namespace {

// Last lengths of spans in which the same sets of graphs cover the tokens.
std::vector<int64_t> span_ends(const std::vector<PieceSet>& sets, const SolverSettings& settings,
                               int64_t max_tokens) {
  std::vector<int64_t> ends = {1, max_tokens};
  for (const PieceSet& set : sets) ends.push_back(set.tokens);
  if (!sets.empty()) {
    for (const int64_t length : settings.standard_lengths) ends.push_back(length - 1);
    ends.push_back(settings.min_npu_tokens - 1);
  }
  std::erase_if(ends, [&](int64_t end) { return end < 1 || end > max_tokens; });
  std::ranges::sort(ends);
  const auto repeated = std::ranges::unique(ends);
  ends.erase(repeated.begin(), repeated.end());
  return ends;
}

class Spans {
 public:
  Spans(StepSolver& solver, const SolverSettings& settings, int64_t min_npu_tokens)
      : solver_(solver), settings_(settings), min_npu_tokens_(min_npu_tokens) {}

  // No set of graphs begins or ceases to cover the tokens inside the span, so that what is chosen at one of
  // its lengths runs at all of them.
  void add(const TokenSpan& span) {
    if (const StepSolution* standard = find_standard(span)) return keep(*standard, span, standard->step_us);
    const StepSolution high = at(span.last);
    if (span.first == span.last) return keep(high, span, high.step_us);
    refine(at(span.first), high, span);
  }

  // Standard lengths come first, so that those between can share their graphs.
  void solve_standard(int64_t max_tokens) {
    standard_.push_back(solver_.solve({1, 1}, false));
    for (const int64_t length : settings_.standard_lengths) {
      if (length > 1 && length <= max_tokens) standard_.push_back(solver_.solve({length, length}, false));
    }
    for (const StepSolution& solution : standard_) solver_.adopt(solution);
  }

  std::vector<StepSolution> take() && { return std::move(found_); }

 private:
  [[nodiscard]] const StepSolution* find_standard(const TokenSpan& span) const {
    if (span.first != span.last) return nullptr;
    const auto found = std::ranges::find_if(
        standard_, [&](const StepSolution& solution) { return solution.span.last == span.last; });
    return found == standard_.end() ? nullptr : &*found;
  }

  StepSolution at(int64_t length) { return solver_.solve({length, length}, true); }

  // What a solution loses at another length, as a part of the best time there.
  bool does_for(const StepSolution& solution, int64_t tokens, double best_us) {
    const auto us = solver_.time_at(solution, tokens);
    return us && *us <= best_us * (1 + kSpanTolerance);
  }

  // `low` holds at the begin of the span, `high` at its end.
  void refine(const StepSolution& low, const StepSolution& high, const TokenSpan& span) {
    if (does_for(high, span.first, low.step_us)) return keep(high, span, low.step_us);
    if (span.last - span.first < kBorderTokens) {
      if (span.first < span.last) keep(low, {span.first, span.last - 1}, low.step_us);
      return keep(high, {span.last, span.last}, high.step_us);
    }
    const int64_t middle = span.first + (span.last - span.first) / 2;
    const StepSolution between = at(middle);
    refine(low, between, {span.first, middle});
    refine(between, high, {middle + 1, span.last});
  }

  // `first_us`: the best time at the begin of the span.
  void keep(StepSolution solution, const TokenSpan& span, double first_us) {
    solution.span = span;
    const bool standard = find_standard(span) != nullptr;
    if (!standard && !after_standard_ && span.first != min_npu_tokens_) {
      StepSolution& before = found_.back();
      if (does_for(solution, before.span.first, first_us_) &&
          does_for(solution, before.span.last, before.step_us)) {
        solution.span.first = before.span.first;
        before = std::move(solution);
        solver_.adopt(before);
        return;
      }
    }
    solver_.adopt(solution);
    found_.push_back(std::move(solution));
    after_standard_ = standard || span.last == 1;
    first_us_ = first_us;
  }

  StepSolver& solver_;
  const SolverSettings& settings_;
  int64_t min_npu_tokens_;
  std::vector<StepSolution> standard_;
  std::vector<StepSolution> found_;
  bool after_standard_ = true;  // The newest span is one standard length, which nothing joins.
  double first_us_ = 0;         // The best time at the begin of the newest span.
};

}  // namespace

std::vector<StepSolution> solve_lengths(StepSolver& solver, const std::vector<PieceSet>& sets,
                                        const SolverSettings& settings, int64_t max_tokens) {
  Spans spans(solver, settings, settings.min_npu_tokens);
  if (!sets.empty()) spans.solve_standard(max_tokens);
  int64_t first = 1;
  for (const int64_t end : span_ends(sets, settings, max_tokens)) {
    spans.add({first, end});
    first = end + 1;
  }
  return std::move(spans).take();
}

}  // namespace tandem
