#include "plan/row_splits.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem {
namespace {

// Splits that are few enough to try all.
constexpr int64_t kFewRowSteps = 32;
constexpr int64_t kGrid = 12;

}  // namespace

RowCurve::RowCurve(MatmulCosts& costs, int64_t tokens, const PieceSet& set, int64_t row_step)
    : costs_(costs), tokens_(tokens), set_(set), step_(row_step), most_((costs.rows() - 1) / row_step) {
  leads_.assign(static_cast<size_t>(most_ + 1), std::numeric_limits<double>::quiet_NaN());
  for (int64_t i = 1; i < kGrid; ++i) {
    const int64_t steps = i * costs.rows() / (kGrid * row_step);
    if (steps > 0 && (grid_.empty() || grid_.back() < steps)) grid_.push_back(steps);
  }
}

double RowCurve::lead(int64_t steps) {
  double& known = leads_[static_cast<size_t>(steps)];
  if (std::isnan(known)) {
    const LaneTimes times = costs_.halves(tokens_, costs_.rows() - steps * step_, set_, steps * step_).times;
    known = times.primary_us - times.npu_us;
  }
  return known;
}

// The grid brackets it; inside, halves that are linear in their rows say where.
int64_t RowCurve::balanced(double head_start) {
  if (most_ <= 0) return 0;
  const auto beyond =
      std::ranges::partition_point(grid_, [&](int64_t steps) { return lead(steps) >= head_start; });
  int64_t low = beyond == grid_.begin() ? 0 : *std::prev(beyond);
  int64_t high = beyond == grid_.end() ? most_ + 1 : *beyond;
  if (beyond == grid_.end() && lead(most_) >= head_start) return most_;
  if (beyond == grid_.end()) high = most_;
  for (bool guess = true; high - low > 1; guess = !guess) {
    int64_t middle = low + (high - low) / 2;
    if (guess && low > 0) {
      const double part = (lead(low) - head_start) / std::max(lead(low) - lead(high), 1e-9);
      middle = low + static_cast<int64_t>(part * static_cast<double>(high - low));
      middle = std::clamp(middle, low + 1, high - 1);
      // What is right for lines is off by one step at most: close in from both sides.
      if (lead(middle) >= head_start && middle + 1 < high && lead(middle + 1) < head_start) return middle;
    }
    (lead(middle) >= head_start ? low : high) = middle;
  }
  return low;
}

std::set<int64_t> rows_to_try(RowCurve& curve, std::span<const double> head_starts, bool all_over) {
  std::set<int64_t> steps;
  if (all_over && curve.most() < kFewRowSteps) {
    for (int64_t some = 1; some <= curve.most(); ++some) steps.insert(some);
  } else {
    if (all_over) steps.insert(curve.grid().begin(), curve.grid().end());
    for (const double head_start : head_starts) steps.insert(curve.balanced(head_start));
    steps.erase(0);
  }
  std::set<int64_t> rows;
  for (const int64_t some : steps) rows.insert(some * curve.row_step());
  return rows;
}

std::set<int64_t> rows_in_menu(RowCurve& curve, const GraphMenu& menu) {
  std::set<int64_t> rows;
  if (menu.empty()) return rows;
  const int64_t balanced = curve.balanced(0) * curve.row_step();
  const int64_t most = curve.most() * curve.row_step();
  int64_t below = 0, above = most + 1;
  for (const auto& [graph_rows, graph_tokens] : menu) {
    if (graph_rows > most || !std::ranges::count(curve.set().pieces, graph_tokens)) continue;
    if (graph_rows <= balanced) below = std::max(below, graph_rows);
    if (graph_rows > balanced) above = std::min(above, graph_rows);
  }
  if (below > 0) rows.insert(below);
  if (above <= most) rows.insert(above);
  return rows;
}

}  // namespace tandem
