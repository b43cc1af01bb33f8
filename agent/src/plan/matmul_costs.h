// What the halves of one class of matmuls cost, at any split.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "plan/option.h"
#include "profile/cost_model.h"

namespace tandem {

// Of MatmulCosts::growth(): below it memory bounds the matmul.
inline constexpr double kMemoryBoundGrowth = 1.25;

// Remembers what the cost model said.
class MatmulCosts {
 public:
  // All of it outlives the object.
  MatmulCosts(const OpClass& op_class, const CostModel& costs, SyncMode sync);

  struct Half {
    double us = 0;
    bool predicted = false;
  };
  [[nodiscard]] Half primary(int64_t tokens, int64_t rows);
  // The graphs of a set one after another.
  [[nodiscard]] Half npu(const PieceSet& set, int64_t rows);

  struct Halves {
    LaneTimes times;  // Both at once, so that they share the memory's bandwidth.
    bool predicted = false;
  };
  // Tokens and rows of the primary, and the graphs and rows of the NPU.
  [[nodiscard]] Halves halves(int64_t primary_tokens, int64_t primary_rows, const PieceSet& set,
                              int64_t rows);

  [[nodiscard]] Option alone(int64_t tokens);
  // Everything that a strategy of the NPU leaves open: its graphs, and its rows.
  [[nodiscard]] Option with_npu(Strategy strategy, int64_t tokens, int64_t rows, const PieceSet& set);
  // The same placement in a step of another length that it runs at.
  [[nodiscard]] Option moved(const Option& option, int64_t tokens);

  // Primary time at twice the tokens by that at `tokens`: near 1 where memory bounds it.
  [[nodiscard]] double growth(int64_t tokens);

  [[nodiscard]] int64_t rows() const { return op_class_.work.n; }
  [[nodiscard]] const SyncCosts& sync() const { return sync_; }

 private:
  Half ask(ProcessorKind processor, int64_t tokens, int64_t rows);
  [[nodiscard]] double copy_us(int64_t tokens, int64_t rows) const;

  const OpClass& op_class_;
  const CostModel& costs_;
  SyncCosts sync_;
  std::unordered_map<int64_t, Half> npu_known_;  // By tokens and rows: few, and of all lengths.
};

}  // namespace tandem
