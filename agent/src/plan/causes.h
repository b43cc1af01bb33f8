// Why a candidate was chosen, from what it was chosen among.
#pragma once

#include <vector>

#include "plan/option.h"
#include "plan/plan.h"

namespace tandem {

struct ChoiceFacts {
  bool has_npu = false;
  NpuSupport support = NpuSupport::kRuns;
  bool ordered = false;       // An override holds, and could be followed.
  bool not_fastest = false;   // Latency alone would have chosen another.
  bool for_energy = false;    // The objective is energy.
  bool memory_bound = false;  // On the primary, twice the tokens hardly take longer.
};

// What is true of the chosen option and its best rival, in the chain's time and each one's by itself.
// `options` of a matmul.
[[nodiscard]] Cause find_cause(const std::vector<Option>& options, size_t chosen, const ChoiceFacts& facts);

// The best of each other strategy, best first.
[[nodiscard]] std::vector<Candidate> best_losers(const std::vector<Option>& options, size_t chosen);

}  // namespace tandem
