#include "simulate/engines.h"

#include <algorithm>
#include <array>
#include <set>

namespace tandem {
namespace {

constexpr std::array<std::string_view, kEngines> kNames = {"tensor", "layer", "gpu", "npu"};

class Baseline {
 public:
  Baseline(const Graph& graph, const Weights& weights, const CostModel& costs, const SolverSettings& settings,
           Engine engine, Misfit misfit)
      : graph_(graph), weights_(weights), costs_(costs), engine_(engine), misfit_(misfit) {
    plan_.settings = settings;
    plan_.origin = costs.origin();
    plan_.cost_model = costs.name();
    plan_.primary = costs.primary();
    plan_.has_npu = costs.has_npu();
  }

  Plan make(const std::vector<int64_t>& lengths) && {
    int64_t first = 1;
    for (const int64_t length : lengths) {
      LengthPlan at{.first = first, .last = length, .length = length};
      for (size_t id = 0; id < graph_.ops.size(); ++id) at.placement.push_back(place(id, length));
      plan_.lengths.push_back(std::move(at));
      first = length + 1;
    }
    std::set<OpId> ops;
    for (const GraphSpec& graph : plan_.graphs) {
      const MatmulWork work = work_of(graph_.ops[static_cast<size_t>(graph.op)], graph.tokens);
      plan_.compile_ms += costs_.compile_us(work) / 1e3;
      plan_.graph_bytes += costs_.graph_bytes(work);
      if (ops.insert(graph.op).second) plan_.graph_bytes += costs_.graph_weight_bytes(work);
    }
    return std::move(plan_);
  }

 private:
  [[nodiscard]] MatmulWork work_of(const Op& op, int64_t tokens) const {
    return {tokens, op.n, op.k, weights_.view(op.weight).type};
  }

  [[nodiscard]] bool on_npu(const Op& op, int64_t tokens) const {
    if (op.kind != OpKind::kMatmul || !plan_.has_npu) return false;
    if (costs_.npu_support(work_of(op, tokens)) != NpuSupport::kRuns) return false;
    if (engine_ == Engine::kNpu) return true;
    return engine_ == Engine::kLayer && tokens > 1;
  }

  // Lengths of the graphs that together hold `tokens`.
  [[nodiscard]] std::vector<int64_t> pieces(const Op& op, int64_t tokens) const {
    const std::vector<int64_t>& standard = plan_.settings.standard_lengths;
    const auto next = std::lower_bound(standard.begin(), standard.end(), tokens);
    const bool exists = next != standard.end();
    if (misfit_ == Misfit::kCompile || (exists && *next == tokens)) return {tokens};
    if (exists && (misfit_ == Misfit::kPad || next == standard.begin())) return {*next};
    std::vector<int64_t> piped = {*std::prev(next)};
    for (const int64_t piece : pieces(op, tokens - piped.front())) piped.push_back(piece);
    double piped_us = 0;
    for (const int64_t piece : piped) piped_us += npu_us(op, piece);
    if (exists && npu_us(op, *next) <= piped_us) return {*next};
    return piped;
  }
  [[nodiscard]] double npu_us(const Op& op, int64_t tokens) const {
    return costs_.matmul(ProcessorKind::kNpu, work_of(op, tokens)).us;
  }

  // Index of the op's placement at a number of tokens.
  int32_t place(size_t id, int64_t length) {
    const Op& op = graph_.ops[id];
    const int64_t tokens = op.rows == Rows::kTokens ? length : 1;
    Placement placement;
    Candidate& chosen = placement.chosen;
    if (op.kind != OpKind::kMatmul) placement.cause = Cause::kNotAMatmul;
    if (!on_npu(op, tokens)) {
      chosen.strategy = plan_.primary == ProcessorKind::kCpu ? Strategy::kCpu : Strategy::kGpu;
      if (op.kind == OpKind::kMatmul) {
        placement.cause = plan_.has_npu ? Cause::kStrategyNotAllowed : Cause::kNoNpu;
        chosen.total_us = chosen.primary_us = costs_.matmul(plan_.primary, work_of(op, tokens)).us;
      }
    } else {
      placement.cause = Cause::kOverride;
      chosen.npu_rows = op.n;
      chosen.pieces = pieces(op, tokens);
      chosen.strategy = chosen.pieces == std::vector<int64_t>{tokens} ? Strategy::kNpu : Strategy::kPad;
      for (const int64_t piece : chosen.pieces) {
        chosen.npu_us += npu_us(op, piece);
        const GraphSpec graph{static_cast<OpId>(id), 0, op.n, piece};
        if (std::find(plan_.graphs.begin(), plan_.graphs.end(), graph) == plan_.graphs.end()) {
          plan_.graphs.push_back(graph);
        }
      }
      chosen.total_us = chosen.npu_us;
    }
    plan_.placements.push_back(std::move(placement));
    return static_cast<int32_t>(plan_.placements.size() - 1);
  }

  const Graph& graph_;
  const Weights& weights_;
  const CostModel& costs_;
  Engine engine_;
  Misfit misfit_;
  Plan plan_;
};

}  // namespace

std::string_view engine_name(Engine engine) { return kNames[static_cast<size_t>(engine)]; }

Plan baseline_plan(const Graph& graph, const Weights& weights, const CostModel& costs,
                   const SolverSettings& settings, Engine engine, Misfit misfit,
                   const std::vector<int64_t>& step_lengths) {
  return Baseline(graph, weights, costs, settings, engine, misfit).make(step_lengths);
}

}  // namespace tandem
