// One way to place one matmul at one length, as the solver weighs it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "plan/clock.h"
#include "plan/pieces.h"
#include "plan/plan.h"

namespace tandem {

// Numbers of tokens that share one placement.
struct TokenSpan {
  int64_t first = 1, last = 1;
};

// NPU graphs of one class of matmuls: rows and tokens.
using GraphMenu = std::set<std::pair<int64_t, int64_t>>;

// Why an option may not be chosen.
enum class Barred : uint8_t { kNo, kByStrategies, kByMinimum, kByBudget };

struct Option {
  Strategy strategy = Strategy::kGpu;
  const PieceSet* set = nullptr;  // Null on the primary alone.
  int64_t npu_rows = 0;
  LaneTimes times;
  double copy_us = 0;   // It keeps the NPU's lane busy.
  double total_us = 0;  // The op alone, with both of its joins and its copies.
  bool predicted = false;
  Barred barred = Barred::kNo;

  [[nodiscard]] bool uses_npu() const { return set != nullptr; }
  [[nodiscard]] LaneTimes lanes() const {
    return {times.primary_us, uses_npu() ? times.npu_us + copy_us : 0};
  }
  // Of both halves at work at once.
  [[nodiscard]] double computing_us() const { return std::max(times.primary_us, times.npu_us); }
};

[[nodiscard]] constexpr bool splits_rows(Strategy strategy) {
  return strategy == Strategy::kWeight || strategy == Strategy::kHybrid;
}
[[nodiscard]] constexpr bool is_split(Strategy strategy) {
  return splits_rows(strategy) || strategy == Strategy::kActivation;
}
[[nodiscard]] constexpr Strategy primary_strategy(ProcessorKind primary) {
  return primary == ProcessorKind::kGpu ? Strategy::kGpu : Strategy::kCpu;
}

// Every graph of the option is in the menu.
[[nodiscard]] bool has_graphs(const GraphMenu& menu, const Option& option);

// Each graph of the option has a token of a step of this length, and no token is left without.
[[nodiscard]] bool runs_at(const Option& option, int64_t tokens);

// The fewest tokens of a step that the option runs at.
[[nodiscard]] int64_t least_tokens(const Option& option);

// With `sync_us`, without copies, of its joins.
[[nodiscard]] Candidate candidate_of(const Option& option, double sync_us);

}  // namespace tandem
