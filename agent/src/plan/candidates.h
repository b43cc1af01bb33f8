// Every way to place one matmul at one length that is worth comparing: of each strategy, the split whose
// halves take equally long, and its neighbours where a join delays one half.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "plan/chain_shape.h"
#include "plan/pieces.h"
#include "plan/plan.h"

namespace tandem {

// Why a candidate may not be chosen.
enum class Barred : uint8_t { kNo, kByStrategies, kByMinimum, kByBudget };

struct CandidateOption {
  Candidate candidate;  // Costed alone: sync_us holds both of its joins and its copies.
  double copy_us = 0;   // Of sync_us; it keeps the NPU's lane busy.
  Barred barred = Barred::kNo;
  bool new_graphs = false;  // It needs a graph that no length solved before has.
};

// What is asked of all classes alike.
struct CandidateRules {
  const CostModel& costs;
  const SolverSettings& settings;
  const std::vector<PieceSet>& sets;
};

// Numbers of tokens that share one placement.
struct TokenSpan {
  int64_t first = 1, last = 1;
};

// NPU graphs of one class that a budget leaves: rows and tokens.
using GraphMenu = std::set<std::pair<int64_t, int64_t>>;

// The candidates of one class of matmuls. Remembers what the cost model said.
class CandidateMaker {
 public:
  // `order`: the override that holds for the class, or null.
  CandidateMaker(const OpClass& op_class, const CandidateRules& rules, const Override* order);

  // Costed at span.last rows of input, runnable at every length of the span. The primary alone comes first,
  // and only an override takes it away. `thorough`: with uneven splits as well.
  [[nodiscard]] std::vector<CandidateOption> make(const TokenSpan& span, bool thorough);

  // The same again where only these graphs may be had: of `made` at span.last, what needs others is barred,
  // and splits that the menu has are added.
  [[nodiscard]] std::vector<CandidateOption> restrict_to(const GraphMenu& menu, const TokenSpan& span,
                                                         std::vector<CandidateOption> made);

  // The same placement at other lengths; nothing where it does not run there.
  [[nodiscard]] std::optional<CandidateOption> at(const Candidate& candidate, int64_t tokens);

  // The same split with other rows for the NPU; nothing where that leaves a half without any.
  [[nodiscard]] std::optional<CandidateOption> with_rows(const Candidate& split, int64_t tokens,
                                                         int64_t rows);

  // Graphs of a candidate that was chosen: other lengths may share them.
  void adopt(const Candidate& candidate);

  [[nodiscard]] NpuSupport support() const { return support_; }
  // Primary time at twice the tokens by that at `tokens`: near 1 where memory bounds it.
  [[nodiscard]] double growth(int64_t tokens);
  // True where the last make() could not follow the override.
  [[nodiscard]] bool order_failed() const { return order_failed_; }

 private:
  struct Half {
    double us = 0;
    bool predicted = false;
  };
  struct Cover {
    const PieceSet* set = nullptr;
    double us = 0;  // Of all rows.
  };

  Half primary(int64_t tokens, int64_t rows);
  Half npu(int64_t tokens, int64_t rows);
  Half npu(const PieceSet& set, int64_t rows);
  double copy_us(int64_t tokens, int64_t rows) const;

  struct Halves {
    double primary_us = 0, npu_us = 0;
    bool predicted = false;
  };
  Halves halves(int64_t primary_tokens, int64_t primary_rows, const PieceSet& set, int64_t rows);
  CandidateOption combine(Strategy strategy, int64_t tokens, int64_t rows, const PieceSet& set);
  void add_alone(int64_t tokens);
  void add_whole(int64_t tokens, const Cover& cover);
  void add_splits(int64_t tokens, const Cover& cover, const GraphMenu* menu);
  void add_shared_rows(const GraphMenu& menu, const PieceSet& set, int64_t balanced,
                       std::set<int64_t>& rows) const;
  void add_activation(const TokenSpan& span, const GraphMenu* menu);
  int64_t balanced_rows(int64_t tokens, const PieceSet& set, double head_start);
  std::vector<Cover> covers(const TokenSpan& span, const GraphMenu* menu);
  const std::vector<Cover>& whole_costs();
  void bar(const GraphMenu* menu, int64_t tokens);
  void mark_new_graphs();
  void follow_order(int64_t tokens);

  const OpClass& op_class_;
  const CandidateRules& rules_;
  const Override* order_;
  SyncCosts sync_;
  NpuSupport support_ = NpuSupport::kRuns;
  bool thorough_ = true;
  bool order_failed_ = false;
  GraphMenu adopted_;
  std::vector<CandidateOption> made_;
  std::vector<Cover> whole_costs_;  // Of every piece set, cheapest first.
  std::map<std::pair<int64_t, int64_t>, Half> npu_known_;
};

}  // namespace tandem
