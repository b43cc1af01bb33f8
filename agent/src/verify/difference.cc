#include "verify/difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem {

Difference difference(std::span<const float> values, std::span<const float> truth) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  double errors = 0, squares = 0, largest = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(values[i])) return {kInfinite, kInfinite};
    const double error = std::abs(static_cast<double>(values[i]) - static_cast<double>(truth[i]));
    errors += error * error;
    squares += static_cast<double>(truth[i]) * static_cast<double>(truth[i]);
    largest = std::max(largest, error);
  }
  if (errors == 0) return {};
  if (squares == 0) return {kInfinite, kInfinite};
  return {errors / squares, largest / std::sqrt(squares / static_cast<double>(truth.size()))};
}

}  // namespace tandem
