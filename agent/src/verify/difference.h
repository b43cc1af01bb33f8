// How far one processor's output is from another's.
#pragma once

#include <span>

namespace tandem {

struct Difference {
  double nmse = 0;  // Sum of squared errors by sum of squared truths; infinite where a value is no number.
  double max_error = 0;  // The largest error, in root mean squares of the truth.
};

// Both have the same number of values.
[[nodiscard]] Difference difference(std::span<const float> values, std::span<const float> truth);

}  // namespace tandem
