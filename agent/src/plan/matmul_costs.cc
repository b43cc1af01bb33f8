#include "plan/matmul_costs.h"

#include <algorithm>

#include "plan/together.h"

namespace tandem {
namespace {

constexpr double kMegabyte = 1e6;
constexpr int64_t kActivationBytes = 4;
constexpr int64_t kRowsBits = 40;

}  // namespace

MatmulCosts::MatmulCosts(const OpClass& op_class, const CostModel& costs, SyncMode sync)
    : op_class_(op_class), costs_(costs), sync_(costs.sync(sync)) {}

MatmulCosts::Half MatmulCosts::ask(ProcessorKind processor, int64_t tokens, int64_t rows) {
  MatmulWork work = op_class_.work;
  work.m = tokens;
  work.n = rows;
  const Estimate estimate = costs_.matmul(processor, work);
  return {estimate.us, estimate.predicted};
}

MatmulCosts::Half MatmulCosts::primary(int64_t tokens, int64_t rows) {
  if (tokens <= 0 || rows <= 0) return {};
  return ask(costs_.primary(), tokens, rows);
}

MatmulCosts::Half MatmulCosts::npu(const PieceSet& set, int64_t rows) {
  // Each piece after the first is one more submission that the NPU waits for.
  Half sum{static_cast<double>(set.pieces.size() - 1) * sync_.submit_us, false};
  for (const int64_t piece : set.pieces) {
    const auto [found, added] = npu_known_.try_emplace((piece << kRowsBits) + rows);
    if (added) found->second = ask(ProcessorKind::kNpu, piece, rows);
    sum.us += found->second.us;
    sum.predicted |= found->second.predicted;
  }
  return sum;
}

MatmulCosts::Halves MatmulCosts::halves(int64_t primary_tokens, int64_t primary_rows, const PieceSet& set,
                                        int64_t rows) {
  const Half alone = primary(primary_tokens, primary_rows);
  const Half other = npu(set, rows);
  if (alone.us == 0) return {{0, other.us}, other.predicted};
  MatmulWork own = op_class_.work, others = op_class_.work;
  own.m = primary_tokens;
  own.n = primary_rows;
  others.m = set.pieces.front();
  others.n = rows;
  const Together both =
      run_together(alone.us, other.us, costs_.slowdown_together(costs_.primary(), own, others),
                   costs_.slowdown_together(ProcessorKind::kNpu, others, own));
  return {{both.primary_us, both.npu_us}, alone.predicted || other.predicted};
}

double MatmulCosts::copy_us(int64_t tokens, int64_t rows) const {
  const int64_t bytes = tokens * (op_class_.work.k + rows) * kActivationBytes;
  return sync_.copy_us_per_mb * static_cast<double>(bytes) / kMegabyte;
}

Option MatmulCosts::alone(int64_t tokens) {
  const Half half = primary(tokens, rows());
  return {.strategy = primary_strategy(costs_.primary()),
          .times = {half.us, 0},
          .total_us = half.us,
          .predicted = half.predicted};
}

Option MatmulCosts::with_npu(Strategy strategy, int64_t tokens, int64_t npu_rows, const PieceSet& set) {
  const bool by_rows = splits_rows(strategy);
  const int64_t npu_tokens = std::min(set.tokens, tokens);
  const Halves both =
      halves(by_rows ? tokens : tokens - npu_tokens, by_rows ? rows() - npu_rows : rows(), set, npu_rows);
  Option option{.strategy = strategy,
                .set = &set,
                .npu_rows = npu_rows,
                .times = both.times,
                .copy_us = copy_us(npu_tokens, npu_rows),
                .predicted = both.predicted};
  option.total_us = option.computing_us() + 2 * sync_.join_us + option.copy_us;
  return option;
}

Option MatmulCosts::moved(const Option& option, int64_t tokens) {
  return option.uses_npu() ? with_npu(option.strategy, tokens, option.npu_rows, *option.set) : alone(tokens);
}

double MatmulCosts::growth(int64_t tokens) {
  return primary(2 * tokens, rows()).us / std::max(primary(tokens, rows()).us, 1e-9);
}

}  // namespace tandem
