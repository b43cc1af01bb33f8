#include "profile/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace tandem {
namespace {

using Row = std::array<double, 3>;

Row features_row(const Features& features) { return {1, features.gflops, features.megabytes}; }

// Solves the normal equations for the coefficients whose bit is set in `mask`; the others are 0.
std::optional<Row> solve(std::span<const Observation> observations, unsigned mask) {
  std::array<std::array<double, 4>, 3> system{};
  for (const Observation& one : observations) {
    const Row row = features_row(one.features);
    for (size_t i = 0; i < 3; ++i) {
      for (size_t j = 0; j < 3; ++j) system[i][j] += row[i] * row[j] / (one.us * one.us);
      system[i][3] += row[i] / one.us;
    }
  }
  for (size_t i = 0; i < 3; ++i) {
    if ((mask >> i & 1U) != 0) continue;
    for (size_t j = 0; j < 3; ++j) system[i][j] = system[j][i] = 0;
    system[i] = {0, 0, 0, 0};
    system[i][i] = 1;
  }
  for (size_t pivot = 0; pivot < 3; ++pivot) {
    size_t best = pivot;
    for (size_t i = pivot; i < 3; ++i) {
      if (std::abs(system[i][pivot]) > std::abs(system[best][pivot])) best = i;
    }
    std::swap(system[pivot], system[best]);
    if (std::abs(system[pivot][pivot]) < 1e-30) return std::nullopt;
    for (size_t i = 0; i < 3; ++i) {
      if (i == pivot) continue;
      const double factor = system[i][pivot] / system[pivot][pivot];
      for (size_t j = pivot; j < 4; ++j) system[i][j] -= factor * system[pivot][j];
    }
  }
  Row solution{};
  for (size_t i = 0; i < 3; ++i) solution[i] = system[i][3] / system[i][i];
  return solution;
}

double relative_error(std::span<const Observation> observations, const LinearCost& cost) {
  double sum = 0;
  for (const Observation& one : observations) {
    const double off = cost(one.features) / one.us - 1;
    sum += off * off;
  }
  return sum;
}

double mean_of(const std::vector<Residual>& residuals) {
  double sum = 0;
  for (const Residual& one : residuals) sum += one.log_ratio;
  return residuals.empty() ? 0 : sum / static_cast<double>(residuals.size());
}

// Sum of squares around the mean, from sums.
double spread(double sum, double squares, double count) { return squares - sum * sum / count; }

}  // namespace

LinearCost fit_linear(std::span<const Observation> observations) {
  LinearCost best;
  double best_error = std::numeric_limits<double>::infinity();
  for (unsigned mask = 1; mask < 8; ++mask) {
    const auto solved = solve(observations, mask);
    if (!solved || std::ranges::any_of(*solved, [](double value) { return !(value >= 0); })) continue;
    const LinearCost cost{(*solved)[0], (*solved)[1], (*solved)[2]};
    const double error = relative_error(observations, cost);
    if (error < best_error) best_error = error, best = cost;
  }
  return best;
}

ResidualTree::ResidualTree(std::span<const Residual> residuals) {
  if (!residuals.empty()) grow({residuals.begin(), residuals.end()}, 0);
}

size_t ResidualTree::grow(std::vector<Residual> residuals, int depth) {
  const size_t index = nodes_.size();
  nodes_.push_back({.mean = mean_of(residuals)});
  if (depth == kMostDepth || residuals.size() < 2 * kLeastInLeaf) return index;
  double all = 0, all_squares = 0;
  for (const Residual& one : residuals) all += one.log_ratio, all_squares += one.log_ratio * one.log_ratio;
  const auto count = static_cast<double>(residuals.size());
  // A split has to explain a quarter of what is left, or it follows noise.
  double best = 0.75 * spread(all, all_squares, count);
  int dimension = -1;
  double border = 0;
  for (int d = 0; d < 3; ++d) {
    const auto at = static_cast<size_t>(d);
    std::ranges::sort(residuals, {}, [&](const Residual& one) { return one.at[at]; });
    double sum = 0, squares = 0;
    for (size_t i = 0; i + 1 < residuals.size(); ++i) {
      sum += residuals[i].log_ratio;
      squares += residuals[i].log_ratio * residuals[i].log_ratio;
      const double left = static_cast<double>(i) + 1;
      if (i + 1 < kLeastInLeaf || residuals.size() - i - 1 < kLeastInLeaf) continue;
      if (residuals[i].at[at] == residuals[i + 1].at[at]) continue;
      const double split =
          spread(sum, squares, left) + spread(all - sum, all_squares - squares, count - left);
      if (split < best)
        best = split, dimension = d, border = (residuals[i].at[at] + residuals[i + 1].at[at]) / 2;
    }
  }
  if (dimension < 0) return index;
  const auto middle = std::ranges::partition(
      residuals, [&](const Residual& one) { return one.at[static_cast<size_t>(dimension)] < border; });
  const size_t left = grow({residuals.begin(), middle.begin()}, depth + 1);
  const size_t right = grow({middle.begin(), residuals.end()}, depth + 1);
  nodes_[index].dimension = dimension;
  nodes_[index].border = border;
  nodes_[index].left = left;
  nodes_[index].right = right;
  return index;
}

double ResidualTree::factor(const std::array<double, 3>& at) const {
  if (nodes_.empty()) return 1;
  size_t node = 0;
  while (nodes_[node].dimension >= 0) {
    node = at[static_cast<size_t>(nodes_[node].dimension)] < nodes_[node].border ? nodes_[node].left
                                                                                 : nodes_[node].right;
  }
  return std::exp(nodes_[node].mean);
}

}  // namespace tandem
