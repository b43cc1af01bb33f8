#include "plan/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/together.h"

namespace tandem {
namespace {

constexpr double kMegabyte = 1e6;
constexpr int64_t kActivationBytes = 4;
// Splits by tokens that are kept, and splits by rows that are few enough to keep all.
constexpr size_t kActivationSplits = 4;
constexpr int64_t kFewRowSteps = 16;

bool uses_npu(Strategy strategy) { return strategy != Strategy::kCpu && strategy != Strategy::kGpu; }

bool splits_rows(Strategy strategy) { return strategy == Strategy::kWeight || strategy == Strategy::kHybrid; }

Strategy primary_strategy(ProcessorKind primary) {
  return primary == ProcessorKind::kGpu ? Strategy::kGpu : Strategy::kCpu;
}

// Covers every number of tokens in the span, and needs all of its pieces for each.
bool covers_with_all(const PieceSet& set, const TokenSpan& span) {
  return set.tokens >= span.last && set.tokens - set.pieces.back() < span.first;
}

// True where each of the candidate's graphs has a token of a step of this length, and none is left without.
bool runs_at(const Candidate& candidate, int64_t tokens) {
  int64_t sum = 0;
  for (const int64_t piece : candidate.pieces) sum += piece;
  switch (candidate.strategy) {
    case Strategy::kCpu:
    case Strategy::kGpu:
      return true;
    case Strategy::kNpu:
    case Strategy::kWeight:
      return sum == tokens;
    case Strategy::kActivation:
      return sum < tokens;
    case Strategy::kPad:
    case Strategy::kHybrid:
      return sum >= tokens && sum - candidate.pieces.back() < tokens;
  }
  return false;
}

bool is_exact(const PieceSet& set, int64_t tokens) { return set.pieces.size() == 1 && set.tokens == tokens; }

}  // namespace

CandidateMaker::CandidateMaker(const OpClass& op_class, const CandidateRules& rules, const Override* order)
    : op_class_(op_class), rules_(rules), order_(order), sync_(rules.costs.sync(rules.settings.sync)) {
  if (!rules.costs.has_npu()) return;
  MatmulWork work = op_class.work;
  work.m = rules.settings.standard_lengths.back();
  support_ = rules.costs.npu_support(work);
}

CandidateMaker::Half CandidateMaker::primary(int64_t tokens, int64_t rows) {
  if (tokens <= 0 || rows <= 0) return {};
  MatmulWork work = op_class_.work;
  work.m = tokens;
  work.n = rows;
  const Estimate estimate = rules_.costs.matmul(rules_.costs.primary(), work);
  return {estimate.us, estimate.predicted};
}

CandidateMaker::Half CandidateMaker::npu(int64_t tokens, int64_t rows) {
  const auto [found, added] = npu_known_.try_emplace({tokens, rows});
  if (added) {
    MatmulWork work = op_class_.work;
    work.m = tokens;
    work.n = rows;
    const Estimate estimate = rules_.costs.matmul(ProcessorKind::kNpu, work);
    found->second = {estimate.us, estimate.predicted};
  }
  return found->second;
}

CandidateMaker::Half CandidateMaker::npu(const PieceSet& set, int64_t rows) {
  // Each piece after the first is one more submission that the NPU waits for.
  Half sum{static_cast<double>(set.pieces.size() - 1) * sync_.submit_us, false};
  for (const int64_t piece : set.pieces) {
    const Half one = npu(piece, rows);
    sum.us += one.us;
    sum.predicted |= one.predicted;
  }
  return sum;
}

double CandidateMaker::copy_us(int64_t tokens, int64_t rows) const {
  const int64_t bytes = tokens * (op_class_.work.k + rows) * kActivationBytes;
  return sync_.copy_us_per_mb * static_cast<double>(bytes) / kMegabyte;
}

double CandidateMaker::growth(int64_t tokens) {
  return primary(2 * tokens, op_class_.work.n).us / std::max(primary(tokens, op_class_.work.n).us, 1e-9);
}

CandidateMaker::Halves CandidateMaker::halves(int64_t primary_tokens, int64_t primary_rows,
                                              const PieceSet& set, int64_t rows) {
  const Half alone = primary(primary_tokens, primary_rows);
  const Half other = npu(set, rows);
  if (alone.us == 0) return {0, other.us, other.predicted};
  MatmulWork own = op_class_.work, others = op_class_.work;
  own.m = primary_tokens;
  own.n = primary_rows;
  others.m = set.pieces.front();
  others.n = rows;
  const Together both =
      run_together(alone.us, other.us, rules_.costs.slowdown_together(rules_.costs.primary(), own, others),
                   rules_.costs.slowdown_together(ProcessorKind::kNpu, others, own));
  return {both.primary_us, both.npu_us, alone.predicted || other.predicted};
}

CandidateOption CandidateMaker::combine(Strategy strategy, int64_t tokens, int64_t rows,
                                        const PieceSet& set) {
  const bool by_rows = splits_rows(strategy);
  const int64_t npu_tokens = std::min(set.tokens, tokens);
  const Halves both = halves(by_rows ? tokens : tokens - npu_tokens,
                             by_rows ? op_class_.work.n - rows : op_class_.work.n, set, rows);
  CandidateOption option;
  option.copy_us = copy_us(npu_tokens, rows);
  const double sync_us = 2 * sync_.join_us + option.copy_us;
  option.candidate = {.strategy = strategy,
                      .npu_rows = rows,
                      .pieces = set.pieces,
                      .primary_us = both.primary_us,
                      .npu_us = both.npu_us,
                      .sync_us = sync_us,
                      .total_us = std::max(both.primary_us, both.npu_us) + sync_us,
                      .predicted = both.predicted};
  return option;
}

std::optional<CandidateOption> CandidateMaker::at(const Candidate& candidate, int64_t tokens) {
  if (candidate.pieces.empty()) {
    const Half alone = primary(tokens, op_class_.work.n);
    Candidate moved = candidate;
    moved.primary_us = moved.total_us = alone.us;
    moved.predicted = alone.predicted;
    return CandidateOption{moved, 0, Barred::kNo};
  }
  if (!runs_at(candidate, tokens)) return std::nullopt;
  PieceSet set{candidate.pieces, 0};
  for (const int64_t piece : set.pieces) set.tokens += piece;
  return combine(candidate.strategy, tokens, candidate.npu_rows, set);
}

std::optional<CandidateOption> CandidateMaker::with_rows(const Candidate& split, int64_t tokens,
                                                         int64_t rows) {
  if (!splits_rows(split.strategy) || rows <= 0 || rows >= op_class_.work.n) return std::nullopt;
  if (order_ != nullptr && order_->npu_share > 0) return std::nullopt;
  PieceSet set{split.pieces, 0};
  for (const int64_t piece : set.pieces) set.tokens += piece;
  return combine(split.strategy, tokens, rows, set);
}

void CandidateMaker::adopt(const Candidate& candidate) {
  for (const int64_t piece : candidate.pieces) adopted_.emplace(candidate.npu_rows, piece);
}

void CandidateMaker::add_alone(int64_t tokens) {
  const Half alone = primary(tokens, op_class_.work.n);
  Candidate candidate{.strategy = primary_strategy(rules_.costs.primary()),
                      .primary_us = alone.us,
                      .total_us = alone.us,
                      .predicted = alone.predicted};
  made_.push_back({candidate, 0, Barred::kNo});
}

const std::vector<CandidateMaker::Cover>& CandidateMaker::whole_costs() {
  if (whole_costs_.empty()) {
    for (const PieceSet& set : rules_.sets) whole_costs_.push_back({&set, npu(set, op_class_.work.n).us});
    std::ranges::stable_sort(whole_costs_, {}, &Cover::us);
  }
  return whole_costs_;
}

// The cheapest set that covers the tokens, and the cheapest of one piece.
std::vector<CandidateMaker::Cover> CandidateMaker::covers(const TokenSpan& span, const GraphMenu* menu) {
  const auto in_menu = [&](const PieceSet& set) {
    return menu == nullptr || std::ranges::all_of(set.pieces, [&](int64_t piece) {
             return std::ranges::any_of(*menu, [&](const auto& graph) { return graph.second == piece; });
           });
  };
  std::vector<Cover> found;
  for (const Cover& cover : whole_costs()) {
    if (!covers_with_all(*cover.set, span) || !in_menu(*cover.set)) continue;
    if (found.empty() || cover.set->pieces.size() == 1) found.push_back(cover);
    if (cover.set->pieces.size() == 1) break;
  }
  return found;
}

void CandidateMaker::add_whole(int64_t tokens, const Cover& cover) {
  const Strategy strategy = is_exact(*cover.set, tokens) ? Strategy::kNpu : Strategy::kPad;
  made_.push_back(combine(strategy, tokens, op_class_.work.n, *cover.set));
}

// The most rows, in steps, with which the NPU is done before a primary that begins `head_start` us earlier.
// The search starts where halves that are linear in their rows would be even.
int64_t CandidateMaker::balanced_rows(int64_t tokens, const PieceSet& set, double head_start) {
  const int64_t n = op_class_.work.n, step = rules_.settings.row_step;
  const int64_t most = (n - 1) / step;
  const auto fits = [&](int64_t steps) {
    if (steps <= 0) return true;
    const Halves split = halves(tokens, n - steps * step, set, steps * step);
    return split.npu_us + head_start <= split.primary_us;
  };
  const double alone = primary(tokens, n).us, other = npu(set, n).us;
  const double part = std::clamp((alone - head_start) / std::max(alone + other, 1e-9), 0.0, 1.0);
  int64_t low = std::clamp<int64_t>(static_cast<int64_t>(part * static_cast<double>(most)), 0, most);
  int64_t high = low;
  int64_t reach = 1;
  if (fits(low)) {
    while (high < most && fits(high = std::min(most, low + reach))) low = high, reach *= 2;
    if (low == most) return most * step;
  } else {
    while (!fits(low = std::max<int64_t>(0, high - reach))) high = low, reach *= 2;
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low * step;
}

// Of the rows in the menu that have graphs of all these pieces, or of some, the nearest to the balance.
void CandidateMaker::add_shared_rows(const GraphMenu& menu, const PieceSet& set, int64_t balanced,
                                     std::set<int64_t>& rows) const {
  int64_t below = 0, above = op_class_.work.n;
  for (const auto& [graph_rows, graph_tokens] : menu) {
    if (!std::ranges::count(set.pieces, graph_tokens) || graph_rows >= op_class_.work.n) continue;
    if (graph_rows <= balanced) below = std::max(below, graph_rows);
    if (graph_rows > balanced) above = std::min(above, graph_rows);
  }
  if (below > 0) rows.insert(below);
  if (above < op_class_.work.n) rows.insert(above);
}

void CandidateMaker::add_splits(int64_t tokens, const Cover& cover, const GraphMenu* menu) {
  const PieceSet& set = *cover.set;
  const Strategy strategy = is_exact(set, tokens) ? Strategy::kWeight : Strategy::kHybrid;
  const int64_t n = op_class_.work.n, step = rules_.settings.row_step;
  std::set<int64_t> rows;
  const auto add = [&](int64_t some) {
    if (some > 0 && some < n) rows.insert(some);
  };
  if (order_ != nullptr && order_->npu_share > 0) {
    const double steps = order_->npu_share * static_cast<double>(n) / static_cast<double>(step);
    add(std::clamp<int64_t>(std::llround(steps) * step, std::min(step, n - 1), n - 1));
  } else {
    const int64_t balanced = balanced_rows(tokens, set, 0);
    if (menu == nullptr && n <= kFewRowSteps * step) {
      for (int64_t some = step; some < n; some += step) add(some);
    } else if (menu == nullptr) {
      add(balanced);
      add(balanced + step);
      // The NPU starts late, and is heard late by a primary that should still be busy then; where matmuls
      // follow each other only once for all, and one that is uneven may be evened out by the next.
      for (const double late : {sync_.join_us, 2 * sync_.join_us + sync_.submit_us}) {
        const int64_t earlier = balanced_rows(tokens, set, late);
        add(earlier);
        add(earlier - step);
      }
      if (thorough_) {
        const int64_t eighth = std::max<int64_t>(n / step / 8, 1) * step;
        for (const int64_t off : {-2 * eighth, -eighth, eighth, 2 * eighth}) add(balanced + off);
        add(step);
      }
      if (rules_.settings.gpu_share_cap < 1) {
        // Leave the primary idle for the share that it has to be.
        const double idle = primary(tokens, n).us * (1 - rules_.settings.gpu_share_cap);
        for (const double part : {0.25, 0.5, 1.0, 2.0}) add(balanced_rows(tokens, set, -part * idle));
      }
      add_shared_rows(adopted_, set, balanced, rows);
    } else {
      add_shared_rows(*menu, set, balanced, rows);
    }
  }
  for (const int64_t some : rows) made_.push_back(combine(strategy, tokens, some, set));
}

void CandidateMaker::add_activation(const TokenSpan& span, const GraphMenu* menu) {
  const int64_t tokens = span.last;
  const auto in_menu = [&](const PieceSet& set) {
    return menu == nullptr || std::ranges::all_of(set.pieces, [&](int64_t piece) {
             return menu->contains({op_class_.work.n, piece});
           });
  };
  // Best first. Where matmuls follow each other, one that is uneven may be evened out by the next.
  std::vector<std::pair<double, const PieceSet*>> best;
  const auto worst = [&] {
    return best.size() < kActivationSplits ? std::numeric_limits<double>::infinity() : best.back().first;
  };
  for (const Cover& cover : whole_costs()) {
    if (cover.us >= worst()) break;
    if (cover.set->tokens >= span.first || !in_menu(*cover.set)) continue;
    const double us = std::max(cover.us, primary(tokens - cover.set->tokens, op_class_.work.n).us);
    if (us >= worst()) continue;
    // Of sets of as many tokens only the fastest: it comes first.
    if (std::ranges::any_of(best, [&](const auto& one) { return one.second->tokens == cover.set->tokens; }))
      continue;
    best.insert(std::ranges::upper_bound(best, us, {}, [](const auto& one) { return one.first; }),
                {us, cover.set});
    if (best.size() > kActivationSplits) best.pop_back();
  }
  for (const auto& [us, set] : best) {
    made_.push_back(combine(Strategy::kActivation, tokens, op_class_.work.n, *set));
  }
}

void CandidateMaker::bar(const GraphMenu* menu, int64_t tokens) {
  const SolverSettings& settings = rules_.settings;
  for (CandidateOption& option : made_) {
    const Candidate& candidate = option.candidate;
    if (!uses_npu(candidate.strategy)) continue;
    if (menu != nullptr && !std::ranges::all_of(candidate.pieces, [&](int64_t piece) {
          return menu->contains({candidate.npu_rows, piece});
        })) {
      option.barred = Barred::kByBudget;
    }
    if (order_ != nullptr) continue;  // An override is stronger than the settings below.
    if (tokens < settings.min_npu_tokens) option.barred = Barred::kByMinimum;
    if (!std::ranges::count(settings.strategies, candidate.strategy)) option.barred = Barred::kByStrategies;
  }
}

void CandidateMaker::mark_new_graphs() {
  for (CandidateOption& option : made_) {
    const Candidate& one = option.candidate;
    option.new_graphs = !std::ranges::all_of(one.pieces, [&](int64_t piece) {
      return adopted_.contains({one.npu_rows, piece});
    });
  }
}

// Leaves the candidates that the override names; of npu and pad, and of weight and hybrid, the one that
// exists at this length.
void CandidateMaker::follow_order(int64_t tokens) {
  order_failed_ = false;
  if (order_ == nullptr) return;
  const auto kind = [](Strategy strategy) {
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
  };
  const auto meant = [&](const CandidateOption& option) {
    return kind(option.candidate.strategy) == kind(order_->strategy) && option.barred == Barred::kNo;
  };
  if (std::ranges::none_of(made_, meant)) {
    order_failed_ = tokens > 0;
    return;
  }
  std::erase_if(made_, [&](const CandidateOption& option) { return !meant(option); });
}

std::vector<CandidateOption> CandidateMaker::make(const TokenSpan& span, bool thorough) {
  thorough_ = thorough;
  made_.clear();
  add_alone(span.last);
  if (rules_.costs.has_npu() && support_ == NpuSupport::kRuns) {
    for (const Cover& cover : covers(span, nullptr)) {
      add_whole(span.last, cover);
      add_splits(span.last, cover, nullptr);
    }
    add_activation(span, nullptr);
    bar(nullptr, span.last);
    mark_new_graphs();
  }
  follow_order(span.last);
  return std::move(made_);
}

std::vector<CandidateOption> CandidateMaker::restrict_to(const GraphMenu& menu, const TokenSpan& span,
                                                         std::vector<CandidateOption> made) {
  made_ = std::move(made);
  std::erase_if(made_, [&](const CandidateOption& option) { return !runs_at(option.candidate, span.first); });
  if (made_.empty() || !made_.front().candidate.pieces.empty()) {
    add_alone(span.last);
    std::ranges::rotate(made_, made_.end() - 1);
  }
  for (CandidateOption& option : made_) option.barred = Barred::kNo;
  if (rules_.costs.has_npu() && support_ == NpuSupport::kRuns) {
    for (const Cover& cover : covers(span, &menu)) {
      add_whole(span.last, cover);
      add_splits(span.last, cover, &menu);
    }
    add_activation(span, &menu);
    bar(&menu, span.last);
  }
  follow_order(span.last);
  return std::move(made_);
}

}  // namespace tandem
