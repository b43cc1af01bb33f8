// At which rows a weight may be split between the processors.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "plan/matmul_costs.h"

namespace tandem {

// How the halves of a matmul of some tokens change with the rows that the NPU gets, whose half runs the
// graphs of one set. Remembers what it computed.
class RowCurve {
 public:
  // All of it outlives the curve.
  RowCurve(MatmulCosts& costs, int64_t tokens, const PieceSet& set, int64_t row_step);

  // The most rows, in steps, with which the NPU is done before a primary that begins `head_start` us earlier;
  // 0 where there are none. Rows for the NPU make the primary's half no longer and the NPU's no shorter.
  [[nodiscard]] int64_t balanced(double head_start);

  // A few rows all over, in steps.
  [[nodiscard]] const std::vector<int64_t>& grid() const { return grid_; }
  [[nodiscard]] const PieceSet& set() const { return set_; }
  [[nodiscard]] int64_t row_step() const { return step_; }
  // Rows below the weight's, in steps.
  [[nodiscard]] int64_t most() const { return most_; }

 private:
  [[nodiscard]] double lead(int64_t steps);  // By which the NPU is done before the primary.

  MatmulCosts& costs_;
  int64_t tokens_;
  const PieceSet& set_;
  int64_t step_, most_;
  std::vector<int64_t> grid_;
  std::vector<double> leads_;  // By steps; not a number where it has not been asked for.
};

// Rows from which the search begins: where the NPU is done just before a primary that is ahead by each of
// these head starts, and `all_over`: some from one end to the other, or all of them where they are few.
[[nodiscard]] std::set<int64_t> rows_to_try(RowCurve& curve, std::span<const double> head_starts,
                                            bool all_over);

// Of the rows that the menu has for a graph of the set, the nearest to the balance on both sides.
[[nodiscard]] std::set<int64_t> rows_in_menu(RowCurve& curve, const GraphMenu& menu);

}  // namespace tandem
