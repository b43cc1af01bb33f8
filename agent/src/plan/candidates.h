// Every way to place one matmul at one length that is worth comparing: of each strategy, the split whose
// halves take equally long, and others around it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/chain_shape.h"
#include "plan/matmul_costs.h"
#include "plan/option.h"

namespace tandem {

// What is asked of all classes alike.
struct CandidateRules {
  const CostModel& costs;
  const SolverSettings& settings;
  const std::vector<PieceSet>& sets;
};

// kQuick: fewer splits to choose from.
enum class Care : uint8_t { kQuick, kThorough };

// The candidates of one class of matmuls.
class CandidateMaker {
 public:
  // `order`: the override that holds for the class, or null. All of it outlives the maker.
  CandidateMaker(const OpClass& op_class, const CandidateRules& rules, const Override* order);

  // Costed at span.last rows of input, runnable at every length of the span. The primary alone comes first,
  // and only an override takes it away. `head_starts`: by how many us the primary may be ahead of the NPU
  // when it is done with its half, because of what is around the matmul.
  [[nodiscard]] std::vector<Option> make(const TokenSpan& span, Care care, std::vector<double> head_starts);

  // All rows on the NPU by the cheapest graphs that cover the span; 0 where none do.
  [[nodiscard]] double whole_us(const TokenSpan& span);

  // The same again where only these graphs may be had: of `made` at span.last, what needs others is barred,
  // and splits that the menu has are added.
  [[nodiscard]] std::vector<Option> restrict_to(const GraphMenu& menu, const TokenSpan& span,
                                                std::vector<Option> made);

  // The same split with other rows for the NPU; nothing where that leaves a half without any, or an override
  // says how many.
  [[nodiscard]] std::optional<Option> with_rows(const Option& split, int64_t tokens, int64_t rows);

  // Graphs of an option that was chosen: other lengths may share them.
  void adopt(const Option& option);
  [[nodiscard]] const GraphMenu& adopted() const { return adopted_; }

  [[nodiscard]] MatmulCosts& costs() { return costs_; }
  [[nodiscard]] NpuSupport support() const { return support_; }
  // True where the last make() could not follow the override.
  [[nodiscard]] bool order_failed() const { return order_failed_; }

 private:
  struct Cover {
    const PieceSet* set = nullptr;
    double us = 0;  // Of all rows.
  };
  void add_all(const TokenSpan& span, const GraphMenu* menu);
  void add_splits(int64_t tokens, const PieceSet& set, const GraphMenu* menu);
  void add_activation(const TokenSpan& span, const GraphMenu* menu);
  [[nodiscard]] std::vector<const PieceSet*> covers(const TokenSpan& span, const GraphMenu* menu);
  [[nodiscard]] const std::vector<Cover>& whole_costs();
  void bar(const GraphMenu* menu, int64_t tokens);
  void follow_order();
  void prefer_rows();

  const CandidateRules& rules_;
  const Override* order_;
  MatmulCosts costs_;
  NpuSupport support_ = NpuSupport::kRuns;
  bool order_failed_ = false;
  Care care_ = Care::kThorough;
  std::vector<double> head_starts_;
  GraphMenu adopted_;
  std::vector<Option> made_;
  std::vector<Cover> whole_costs_;  // Of every piece set, cheapest first.
};

}  // namespace tandem
