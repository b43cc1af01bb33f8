// How long two halves take that run at the same time and share the memory's bandwidth.
#pragma once

#include <algorithm>

namespace tandem {

struct Together {
  double primary_us = 0, npu_us = 0;
};

// From the times alone and the factors by which each slows down while both run: the longer one runs at full
// speed again when the shorter one is done.
[[nodiscard]] inline Together run_together(double primary_us, double npu_us, double primary_factor,
                                           double npu_factor) {
  const double primary_end = primary_us * primary_factor;
  const double npu_end = npu_us * npu_factor;
  if (primary_end <= npu_end) return {primary_end, npu_us + primary_end * (1 - 1 / npu_factor)};
  return {primary_us + npu_end * (1 - 1 / primary_factor), npu_end};
}

}  // namespace tandem
