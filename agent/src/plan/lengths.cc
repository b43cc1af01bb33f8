#include "plan/lengths.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tandem {
namespace {

constexpr double kFirstWidth = 0.1;  // Of a span, as a part of its length.
constexpr double kWider = 1.3;       // The next one is tried a little wider than the last that was good.

class Spans {
 public:
  Spans(StepSolver& solver, const std::vector<PieceSet>& sets) : solver_(solver), sets_(sets) {}

  void solve_alone(int64_t length) {
    StepSolution solution = solver_.solve(length, Care::kThorough);
    solver_.adopt(solution);
    found_.push_back(std::move(solution));
  }

  // Spans of lengths first to last, the longest first. What is `solved` holds at the last one.
  void fill(int64_t first, int64_t last, const StepSolution* solved) {
    while (first <= last) {
      StepSolution solution = solved != nullptr ? *solved : at(last);
      solved = nullptr;
      solution.span.first = begin_of(solution, first);
      last = solution.span.first - 1;
      solver_.adopt(solution);
      found_.push_back(std::move(solution));
    }
  }

  std::vector<StepSolution> take() && {
    std::ranges::sort(found_, {}, [](const StepSolution& solution) { return solution.span.last; });
    return std::move(found_);
  }

 private:
  StepSolution at(int64_t length) { return solver_.solve(length, Care::kQuick); }

  bool does_for(const StepSolution& solution, int64_t tokens) {
    return solver_.time_at(solution, tokens) <= at(tokens).step_us * (1 + kSpanTolerance);
  }

  // Down to which length the solution is good enough. What it loses grows with the distance; the first guess
  // is a little more than the width that the span before came to.
  int64_t begin_of(const StepSolution& solution, int64_t first) {
    const int64_t last = solution.span.last;
    const int64_t least = std::max(first, solver_.least_tokens(solution));
    int64_t good = border_of(least, last);  // Good down to there, not down to low.
    int64_t low = least - 1;
    const int64_t width =
        std::max(static_cast<int64_t>(width_ * static_cast<double>(last)), 2 * kBorderTokens);
    int64_t guess = std::clamp(last - width, least, good);
    while (good > least && good - low > kBorderTokens) {
      if (guess == good) break;
      if (does_for(solution, guess)) {
        good = guess;
        break;
      }
      low = guess;
      guess = good - (good - low) / 2;
    }
    if (good > least) width_ = kWider * static_cast<double>(last - good) / static_cast<double>(last);
    return good;
  }

  // A few tokens down, but not to where another set of graphs covers the tokens.
  [[nodiscard]] int64_t border_of(int64_t least, int64_t last) const {
    int64_t border = std::max(least, last - kBorderTokens + 1);
    for (const PieceSet& set : sets_) {
      if (set.tokens < last) border = std::max(border, set.tokens + 1);
    }
    return border;
  }

  StepSolver& solver_;
  const std::vector<PieceSet>& sets_;
  std::vector<StepSolution> found_;
  double width_ = kFirstWidth;
};

// Lengths that nothing else is merged with.
std::vector<int64_t> lone_lengths(const SolverSettings& settings, bool npu, int64_t max_tokens) {
  std::vector<int64_t> lone = {1, max_tokens};
  if (npu) lone.insert(lone.end(), settings.standard_lengths.begin(), settings.standard_lengths.end());
  std::erase_if(lone, [&](int64_t length) { return length > max_tokens; });
  std::ranges::sort(lone);
  const auto repeated = std::ranges::unique(lone);
  lone.erase(repeated.begin(), repeated.end());
  return lone;
}

}  // namespace

std::vector<StepSolution> solve_lengths(StepSolver& solver, const std::vector<PieceSet>& sets,
                                        const SolverSettings& settings, int64_t max_tokens) {
  const bool npu = !sets.empty();
  Spans spans(solver, sets);
  const std::vector<int64_t> lone = lone_lengths(settings, npu, max_tokens);
  const bool standard_end = npu && std::ranges::count(settings.standard_lengths, max_tokens) > 0;
  StepSolution longest;
  for (const int64_t length : lone) {
    if (length < max_tokens || standard_end || length == 1) {
      spans.solve_alone(length);
    } else {
      longest = solver.solve(length, Care::kThorough);
    }
  }
  for (size_t i = 1; i < lone.size(); ++i) {
    const int64_t first = lone[i - 1] + 1;
    const bool open = lone[i] == max_tokens && !standard_end;
    const int64_t last = open ? lone[i] : lone[i] - 1;
    // The NPU has nothing to do in shorter steps, so that no placement holds for both.
    const int64_t border = std::clamp(settings.min_npu_tokens, first, last + 1);
    spans.fill(border, last, open ? &longest : nullptr);
    spans.fill(first, border - 1, open && border > last ? &longest : nullptr);
  }
  return std::move(spans).take();
}

}  // namespace tandem
