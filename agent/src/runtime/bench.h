// Measures rates the way llama-bench does: pp<n> runs a prompt of n tokens, tg<n> generates n tokens one by
// one from an empty context; the tokens are arbitrary.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "runtime/generate.h"
#include "runtime/session.h"

namespace tandem {

struct BenchRequest {
  std::vector<int64_t> prefill = {};
  std::vector<int64_t> decode = {};
  int64_t repetitions = 5;
  bool warm_up = true;
};

struct BenchRow {
  std::string test;  // "pp256", "tg32"
  int64_t tokens = 0;
  std::vector<double> samples;  // Tokens per second of each repetition.
  double median = 0, mean = 0, deviation = 0;
  std::vector<RanOn> ran_on;
};

// stage: warm-up, measure. Counts runs.
using BenchProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

// Errors: invalid-argument (a length outside 1 to the context), cancelled, processor-failed.
[[nodiscard]] Result<std::vector<BenchRow>> bench(Session& session, const BenchRequest& request,
                                                  const BenchProgress& progress, const CancelToken& cancel);

}  // namespace tandem
