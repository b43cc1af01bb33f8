#include "plan/lengths.h"

#include <algorithm>
#include <cstdlib>

namespace tandem {
namespace {

// True where b's placements do for a's lengths, too: the same graphs, and shares that hardly differ.
bool alike(const ChainShape& shape, const StepSolution& a, const StepSolution& b) {
  for (size_t s = 0; s < shape.segments.size(); ++s) {
    const Segment& segment = shape.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      const OpClass& op_class = shape.classes[static_cast<size_t>(segment.ops[i].op_class)];
      if (!op_class.matmul) continue;
      const Candidate& left = a.chosen(segment.ops[i], a.segments[s].choice[i]).candidate;
      const Candidate& right = b.chosen(segment.ops[i], b.segments[s].choice[i]).candidate;
      if (left.strategy != right.strategy || left.pieces != right.pieces) return false;
      if (std::abs(left.npu_rows - right.npu_rows) * 32 > op_class.work.n) return false;
    }
  }
  return true;
}

// True where every graph that a step of the solution's span runs has a token in a step of `first`, too.
bool runs_from(const ChainShape& shape, const StepSolution& solution, int64_t first) {
  for (size_t s = 0; s < shape.segments.size(); ++s) {
    const Segment& segment = shape.segments[s];
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      const OpClass& op_class = shape.classes[static_cast<size_t>(segment.ops[i].op_class)];
      if (!op_class.matmul || op_class.rows == Rows::kLogits) continue;
      const Candidate& one = solution.chosen(segment.ops[i], solution.segments[s].choice[i]).candidate;
      if (one.pieces.empty()) continue;
      int64_t sum = 0;
      for (const int64_t piece : one.pieces) sum += piece;
      const bool exact = one.strategy == Strategy::kNpu || one.strategy == Strategy::kWeight;
      const bool leaves_some = one.strategy == Strategy::kActivation;
      if (exact || (leaves_some ? sum >= first : sum - one.pieces.back() >= first)) return false;
    }
  }
  return true;
}

// Last lengths of spans in which the same sets of graphs cover the tokens.
std::vector<int64_t> span_ends(const std::vector<PieceSet>& sets, const SolverSettings& settings,
                               int64_t max_tokens) {
  std::vector<int64_t> ends = {max_tokens};
  for (const PieceSet& set : sets) ends.push_back(set.tokens);
  for (const int64_t length : settings.standard_lengths) ends.push_back(length - 1);
  ends.push_back(settings.min_npu_tokens - 1);
  std::erase_if(ends, [&](int64_t end) { return end < 1 || end > max_tokens; });
  std::ranges::sort(ends);
  const auto repeated = std::ranges::unique(ends);
  ends.erase(repeated.begin(), repeated.end());
  return ends;
}

class Refiner {
 public:
  Refiner(StepSolver& solver, const ChainShape& shape, std::vector<StepSolution>& found)
      : solver_(solver), shape_(shape), found_(found) {}

  // No set of graphs begins or ceases to cover the tokens inside the span, so that what is chosen at one of
  // its lengths runs at all of them.
  void span(const TokenSpan& whole) {
    const StepSolution high = at(whole.last);
    if (whole.first == whole.last) return add(high, whole);
    refine(at(whole.first), high, whole);
  }

 private:
  StepSolution at(int64_t length) { return solver_.solve({length, length}, nullptr); }

  // `low` holds at the begin of the span, `high` at its end.
  void refine(const StepSolution& low, const StepSolution& high, const TokenSpan& span) {
    if (alike(shape_, low, high)) return add(high, span);
    if (span.last - span.first < kBorderTokens) {
      if (span.first < span.last) add(low, {span.first, span.last - 1});
      return add(high, {span.last, span.last});
    }
    const int64_t middle = span.first + (span.last - span.first) / 2;
    const StepSolution between = at(middle);
    refine(low, between, {span.first, middle});
    refine(between, high, {middle + 1, span.last});
  }

  void add(StepSolution solution, const TokenSpan& span) {
    solution.span = span;
    if (!found_.empty() && alike(shape_, found_.back(), solution) &&
        runs_from(shape_, solution, found_.back().span.first)) {
      solution.span.first = found_.back().span.first;
      found_.back() = std::move(solution);
      return;
    }
    found_.push_back(std::move(solution));
  }

  StepSolver& solver_;
  const ChainShape& shape_;
  std::vector<StepSolution>& found_;
};

}  // namespace

std::vector<StepSolution> solve_lengths(StepSolver& solver, const ChainShape& shape,
                                        const std::vector<PieceSet>& sets, const SolverSettings& settings,
                                        int64_t max_tokens) {
  std::vector<StepSolution> found;
  Refiner refiner(solver, shape, found);
  int64_t first = 1;
  for (const int64_t end : span_ends(sets, settings, max_tokens)) {
    refiner.span({first, end});
    first = end + 1;
  }
  return found;
}

}  // namespace tandem
