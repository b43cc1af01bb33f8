#include "plan/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "plan/row_splits.h"

namespace tandem {
namespace {

// Splits by tokens that are kept.
constexpr size_t kActivationSplits = 4;
constexpr double kAsGoodByRows = 1.04;
// One graph that takes so many times as long as several is not looked at in a hurry.
constexpr double kMuchDearer = 1.25;

// Covers every number of tokens in the span, and needs all of its pieces for each.
bool covers_with_all(const PieceSet& set, const TokenSpan& span) {
  return set.tokens >= span.last && set.tokens - set.pieces.back() < span.first;
}

bool is_exact(const PieceSet& set, int64_t tokens) { return set.pieces.size() == 1 && set.tokens == tokens; }

// What an override means by a strategy: of npu and pad, and of weight and hybrid, the one that exists at a
// length.
Strategy kind(Strategy strategy) {
  switch (strategy) {
    case Strategy::kPad:
      return Strategy::kNpu;
    case Strategy::kHybrid:
      return Strategy::kWeight;
    case Strategy::kGpu:
      return Strategy::kCpu;
    default:
      return strategy;
  }
}

}  // namespace

CandidateMaker::CandidateMaker(const OpClass& op_class, const CandidateRules& rules, const Override* order)
    : rules_(rules), order_(order), costs_(op_class, rules.costs, rules.settings.sync) {
  if (!rules.costs.has_npu()) return;
  MatmulWork work = op_class.work;
  work.m = rules.settings.standard_lengths.back();
  support_ = rules.costs.npu_support(work);
}

std::optional<Option> CandidateMaker::with_rows(const Option& split, int64_t tokens, int64_t rows) {
  if (!splits_rows(split.strategy) || rows <= 0 || rows >= costs_.rows()) return std::nullopt;
  if (order_ != nullptr && order_->npu_share > 0) return std::nullopt;
  return costs_.with_npu(split.strategy, tokens, rows, *split.set);
}

double CandidateMaker::whole_us(const TokenSpan& span) {
  for (const Cover& cover : whole_costs()) {
    if (covers_with_all(*cover.set, span)) return cover.us;
  }
  return 0;
}

void CandidateMaker::adopt(const Option& option) {
  if (!option.uses_npu()) return;
  for (const int64_t piece : option.set->pieces) adopted_.emplace(option.npu_rows, piece);
}

const std::vector<CandidateMaker::Cover>& CandidateMaker::whole_costs() {
  if (whole_costs_.empty()) {
    for (const PieceSet& set : rules_.sets) whole_costs_.push_back({&set, costs_.npu(set, costs_.rows()).us});
    std::ranges::stable_sort(whole_costs_, {}, &Cover::us);
  }
  return whole_costs_;
}

// The cheapest set that covers the tokens, and the cheapest of one piece.
std::vector<const PieceSet*> CandidateMaker::covers(const TokenSpan& span, const GraphMenu* menu) {
  const auto in_menu = [&](const PieceSet& set) {
    return menu == nullptr || std::ranges::all_of(set.pieces, [&](int64_t piece) {
             return std::ranges::any_of(*menu, [&](const auto& graph) { return graph.second == piece; });
           });
  };
  std::vector<const PieceSet*> found;
  double least = std::numeric_limits<double>::infinity();
  for (const Cover& cover : whole_costs()) {
    if (!covers_with_all(*cover.set, span) || !in_menu(*cover.set)) continue;
    if (found.empty()) least = cover.us;
    if (care_ == Care::kQuick && cover.us > kMuchDearer * least) break;
    if (found.empty() || cover.set->pieces.size() == 1) found.push_back(cover.set);
    if (cover.set->pieces.size() == 1) break;
  }
  return found;
}

void CandidateMaker::add_splits(int64_t tokens, const PieceSet& set, const GraphMenu* menu) {
  const int64_t n = costs_.rows(), step = rules_.settings.row_step;
  RowCurve curve(costs_, tokens, set, step);
  std::set<int64_t> rows;
  if (order_ != nullptr && order_->npu_share > 0) {
    const double steps = order_->npu_share * static_cast<double>(n) / static_cast<double>(step);
    if (n > 1) rows.insert(std::clamp<int64_t>(std::llround(steps) * step, std::min(step, n - 1), n - 1));
  } else if (menu != nullptr) {
    rows = rows_in_menu(curve, *menu);
  } else {
    std::vector<double> head_starts = head_starts_;
    if (rules_.settings.gpu_share_cap < 1) {
      // Leave the primary idle for the share that it has to be.
      const double idle = costs_.primary(tokens, n).us * (1 - rules_.settings.gpu_share_cap);
      for (const double part : {0.25, 0.5, 1.0, 2.0}) head_starts.push_back(-part * idle);
    }
    rows = rows_to_try(curve, head_starts, care_ == Care::kThorough);
    rows.merge(rows_in_menu(curve, adopted_));
  }
  const Strategy strategy = is_exact(set, tokens) ? Strategy::kWeight : Strategy::kHybrid;
  for (const int64_t some : rows) made_.push_back(costs_.with_npu(strategy, tokens, some, set));
}

void CandidateMaker::add_activation(const TokenSpan& span, const GraphMenu* menu) {
  const int64_t tokens = span.last, n = costs_.rows();
  const auto in_menu = [&](const PieceSet& set) {
    return menu == nullptr || std::ranges::all_of(set.pieces, [&](int64_t piece) {
             return menu->contains({n, piece});
           });
  };
  // Best first. Where matmuls follow each other, one that is uneven may be evened out by the next.
  std::vector<std::pair<double, const PieceSet*>> best;
  const auto worst = [&] {
    return best.size() < kActivationSplits ? std::numeric_limits<double>::infinity() : best.back().first;
  };
  int64_t too_few = 0;  // What these leave to the primary takes it too long.
  for (const Cover& cover : whole_costs()) {
    if (cover.us >= worst()) break;
    if (cover.set->tokens >= span.first || !in_menu(*cover.set)) continue;
    if (cover.set->tokens <= too_few) continue;
    const double rest = costs_.primary(tokens - cover.set->tokens, n).us;
    const double us = std::max(cover.us, rest);
    if (rest >= worst()) too_few = cover.set->tokens;
    if (us >= worst()) continue;
    // Of sets of as many tokens only the fastest: it comes first.
    if (std::ranges::any_of(best, [&](const auto& one) { return one.second->tokens == cover.set->tokens; }))
      continue;
    best.insert(std::ranges::upper_bound(best, us, {}, [](const auto& one) { return one.first; }),
                {us, cover.set});
    if (best.size() > kActivationSplits) best.pop_back();
  }
  for (const auto& [us, set] : best) made_.push_back(costs_.with_npu(Strategy::kActivation, tokens, n, *set));
}

void CandidateMaker::bar(const GraphMenu* menu, int64_t tokens) {
  const SolverSettings& settings = rules_.settings;
  for (Option& option : made_) {
    if (!option.uses_npu()) continue;
    if (menu != nullptr && !has_graphs(*menu, option)) option.barred = Barred::kByBudget;
    if (order_ != nullptr) continue;  // An override is stronger than the settings below.
    if (tokens < settings.min_npu_tokens) option.barred = Barred::kByMinimum;
    if (!std::ranges::count(settings.strategies, option.strategy)) option.barred = Barred::kByStrategies;
  }
}

// Leaves the options that the override names.
void CandidateMaker::follow_order() {
  order_failed_ = false;
  if (order_ == nullptr) return;
  const auto meant = [&](const Option& option) {
    return kind(option.strategy) == kind(order_->strategy) && option.barred == Barred::kNo;
  };
  if (std::ranges::none_of(made_, meant)) {
    order_failed_ = true;
    return;
  }
  std::erase_if(made_, [&](const Option& option) { return !meant(option); });
}

void CandidateMaker::add_all(const TokenSpan& span, const GraphMenu* menu) {
  if (!rules_.costs.has_npu() || support_ != NpuSupport::kRuns) return;
  for (const PieceSet* set : covers(span, menu)) {
    const Strategy whole = is_exact(*set, span.last) ? Strategy::kNpu : Strategy::kPad;
    made_.push_back(costs_.with_npu(whole, span.last, costs_.rows(), *set));
    add_splits(span.last, *set, menu);
  }
  add_activation(span, menu);
  bar(menu, span.last);
}

// A split by rows serves all lengths that its graphs cover, one by tokens leaves ever more to the primary:
// where they are as good, plans of the first kind have fewer spans.
void CandidateMaker::prefer_rows() {
  double best = std::numeric_limits<double>::infinity();
  for (const Option& option : made_) {
    if (splits_rows(option.strategy) && option.barred == Barred::kNo) best = std::min(best, option.total_us);
  }
  std::erase_if(made_, [&](const Option& option) {
    return option.strategy == Strategy::kActivation && best <= option.total_us * kAsGoodByRows;
  });
}

std::vector<Option> CandidateMaker::make(const TokenSpan& span, Care care, std::vector<double> head_starts) {
  care_ = care;
  head_starts_ = std::move(head_starts);
  made_ = {costs_.alone(span.last)};
  add_all(span, nullptr);
  follow_order();
  if (care == Care::kQuick && order_ == nullptr) prefer_rows();
  return std::move(made_);
}

std::vector<Option> CandidateMaker::restrict_to(const GraphMenu& menu, const TokenSpan& span,
                                                std::vector<Option> made) {
  made_ = std::move(made);
  std::erase_if(made_, [&](const Option& option) { return !runs_at(option, span.first); });
  if (made_.empty() || made_.front().uses_npu()) made_.insert(made_.begin(), costs_.alone(span.last));
  for (Option& option : made_) option.barred = Barred::kNo;
  add_all(span, &menu);
  follow_order();
  return std::move(made_);
}

}  // namespace tandem
