#include "plan/lone_matmul.h"

#include "plan/causes.h"

namespace tandem {
namespace {

OpClass class_of(const MatmulWork& work) {
  OpClass one;
  one.matmul = true;
  one.work = work;
  one.count = 1;
  return one;
}

}  // namespace

LoneMatmul::LoneMatmul(const MatmulWork& work, const CostModel& costs, const SolverSettings& settings,
                       int64_t max_tokens)
    : op_class_(class_of(work)),
      costs_(costs),
      sets_(costs.has_npu() ? piece_sets(settings.standard_lengths, settings.max_pieces, max_tokens)
                            : std::vector<PieceSet>{}),
      rules_{costs, settings, sets_},
      maker_(op_class_, rules_, nullptr) {}

MatmulWork LoneMatmul::at(int64_t tokens) const {
  MatmulWork work = op_class_.work;
  work.m = tokens;
  return work;
}

Estimate LoneMatmul::primary(int64_t tokens) const { return costs_.matmul(costs_.primary(), at(tokens)); }

std::optional<Estimate> LoneMatmul::npu(int64_t tokens) const {
  if (!costs_.has_npu() || maker_.support() != NpuSupport::kRuns) return std::nullopt;
  return costs_.matmul(ProcessorKind::kNpu, at(tokens));
}

Placement LoneMatmul::place(int64_t tokens) {
  const std::vector<Option> options = maker_.make({tokens, tokens}, Care::kThorough, {0});
  size_t best = 0;  // The primary alone comes first, and may always be chosen.
  for (size_t i = 1; i < options.size(); ++i) {
    if (options[i].barred == Barred::kNo && options[i].total_us < options[best].total_us) best = i;
  }
  const Option& won = options[best];
  return {.chosen = candidate_of(won, won.total_us - won.computing_us() - won.copy_us),
          .cause = find_cause(
              options, best,
              {.has_npu = costs_.has_npu(),
               .support = maker_.support(),
               .memory_bound = costs_.has_npu() && maker_.costs().growth(tokens) < kMemoryBoundGrowth}),
          .lost = best_losers(options, best)};
}

}  // namespace tandem
