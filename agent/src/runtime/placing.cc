// How a session gets its plan onto the processors: at load, when settings change, when the NPU fails or comes
// back.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "gguf/check_values.h"
#include "runtime/schedule.h"
#include "runtime/session.h"

namespace tandem {
namespace {

constexpr int kMostRefusals = 64;

// The shape that the NPU would not compile, where the error names it.
std::optional<MatmulWork> refused_work(const Graph& graph, const Weights& weights, const Error& refusal) {
  const auto name = refusal.context.find("op");
  if (name == refusal.context.end()) return std::nullopt;
  for (const Op& op : graph.ops) {
    if (op.name == name->second) return MatmulWork{1, op.n, op.k, weights.view(op.weight).type};
  }
  return std::nullopt;
}

}  // namespace

Result<Plan> Session::make_plan(const SolverSettings& settings) const {
  TANDEM_TRY(check_settings(settings));
  if (npu_ && !npu_out_ && options_.costs && options_.costs->primary() == primary_kind())
    return solve(graph_, weights_, *options_.costs, settings, kSharedChunk);
  Plan plan = plan_on_primary(graph_, primary_kind(), kChunk);
  plan.settings = settings;
  if (npu_ && !npu_out_) {
    plan.notes.push_back(!options_.costs ? "The NPU has no work, since nothing is known of its speed here: "
                                           "profile the device, then load the "
                                           "model again."
                                         : "The NPU has no work, since the profile is of a device whose "
                                           "primary processor is another: profile "
                                           "this device.");
  }
  return plan;
}

Result<void> Session::place(Plan plan, const LoadProgress& progress, const CancelToken& cancel) {
  for (int refusals = 0;; ++refusals) {
    const std::vector<Part> parts = parts_to_prepare(graph_, plan, Lane::kNpu);
    if (parts.empty()) break;
    const PoolRows rows = pool_rows(graph_, plan, 1);
    if (rows.tokens > pool_->max_tokens() || rows.logit_rows > pool_->max_logit_rows()) {
      return Error{
          ErrorCode::kInvalidArgument,
          "The plan pads to more tokens than the model was loaded for: load the model again with these "
          "settings.",
          {{"tokens", std::to_string(rows.tokens)}, {"loadedFor", std::to_string(pool_->max_tokens())}}};
    }
    Result<void> prepared;
    if (!npu_program_) {
      auto made = npu_->make_program(graph_, *pool_, nullptr);
      if (made.ok()) {
        npu_program_ = std::move(made).value();
        executor_->use_npu(npu_program_.get());
      } else {
        prepared = std::move(made).error();
      }
    }
    if (prepared.ok()) prepared = prepare(Lane::kNpu, parts, progress, cancel);
    if (prepared.ok()) break;
    const ErrorCode code = prepared.error().code;
    if (code == ErrorCode::kCancelled || code == ErrorCode::kModelBadValues) return prepared;
    if (refusals == kMostRefusals && !npu_out_) put_npu_out(prepared.error().message);
    TANDEM_ASSIGN(plan, plan_without(plan, prepared.error()));
  }
  TANDEM_TRY(
      prepare(Lane::kPrimary,
              parts_to_prepare(graph_, plan, Lane::kPrimary, std::max<int64_t>(options_.max_logit_rows, 1)),
              progress, cancel));
  plan_ = std::make_unique<Plan>(std::move(plan));
  executor_->use(*plan_);
  count_memory();
  return {};
}

Result<Plan> Session::plan_without(const Plan& plan, const Error& refusal) {
  SolverSettings settings = plan.settings;
  if (refusal.code == ErrorCode::kUnsupported && !npu_out_) {
    const auto work = refused_work(graph_, weights_, refusal);
    if (!work) put_npu_out(refusal.message);
    if (work) {
      if (!refusing_costs_) refusing_costs_ = std::make_shared<RefusingCosts>(options_.costs);
      refusing_costs_->refuse(*work);
      options_.costs = refusing_costs_;
    }
  } else if (refusal.code == ErrorCode::kOutOfMemory && plan.graph_bytes > 1) {
    settings.max_graph_bytes = plan.graph_bytes / 2;
  } else if (!npu_out_) {
    put_npu_out(refusal.message);
  }
  TANDEM_ASSIGN(Plan next, make_plan(settings));
  if (!npu_out_)
    next.notes.push_back("The plan was made again, since the NPU could not take all of it: " +
                         refusal.message);
  return next;
}

Result<void> Session::prepare(Lane lane, std::span<const Part> parts, const LoadProgress& progress,
                              const CancelToken& cancel) {
  int64_t total = 0;
  for (const Weight& weight : weights_.table) total += static_cast<int64_t>(weight.view.bytes.size());
  int64_t done = 0;
  PrepareRequest request{.weights = weights_, .cancel = cancel, .copied = {}, .compiled = {}};
  request.copied = [&](WeightId id, int64_t first, int64_t rows) -> Result<void> {
    const TensorView part = rows_of(weights_.view(id), first, rows);
    TANDEM_TRY(check_values(weights_.name(id), part));
    file_->release(part);
    done = std::min(total, done + static_cast<int64_t>(part.bytes.size()));
    if (progress) progress("repack", done, total);
    if (cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
    return {};
  };
  if (progress) {
    request.compiled = [&](int64_t graphs, int64_t of) { progress("compile", graphs, of); };
  }
  return (lane == Lane::kPrimary ? primary_program_ : npu_program_)->prepare(parts, request);
}

void Session::put_npu_out(const std::string& why) {
  npu_out_ = true;
  incidents_.push_back("The NPU is out until it is asked back, and the primary does its work: " + why);
}

// What failed is not trusted any more; asked back, the processor begins with a program of its own.
void Session::drop_npu_program() {
  if (!npu_program_) return;
  executor_->use_npu(nullptr);
  npu_usage_.ops += npu_program_->usage().ops;
  npu_usage_.busy_ns += npu_program_->usage().busy_ns;
  npu_program_.reset();
}

Result<void> Session::lose_npu(std::string why) {
  put_npu_out(why);
  drop_npu_program();
  const SolverSettings settings = plan_->settings;
  TANDEM_ASSIGN(Plan plan, make_plan(settings));
  return place(std::move(plan), {}, {});
}

Result<ReplanReport> Session::place_and_report(const SolverSettings& settings, const CancelToken& cancel) {
  TANDEM_ASSIGN(Plan plan, make_plan(settings));
  const int64_t began = boottime_ns();
  TANDEM_TRY(place(std::move(plan), {}, cancel));
  options_.settings = settings;
  return ReplanReport{static_cast<double>(boottime_ns() - began) / 1e6, plan_->notes};
}

Result<ReplanReport> Session::replan(const SolverSettings& settings, const CancelToken& cancel) {
  return place_and_report(settings, cancel);
}

Result<ReplanReport> Session::readmit(const CancelToken& cancel) {
  if (!npu_out_) return ReplanReport{0, plan_->notes};
  drop_npu_program();
  npu_out_ = false;
  return place_and_report(options_.settings, cancel);
}

void Session::count_memory() {
  MemoryUse& use = summary_.memory;
  use.weights_repacked = primary_program_->weight_bytes();
  use.kv_cache = cache_->bytes();
  use.activations = pool_->bytes() + primary_program_->scratch_bytes();
  use.tokenizer = static_cast<int64_t>(tokenizer_->memory_bytes());
  use.npu_graphs = npu_program_ ? npu_program_->weight_bytes() + npu_program_->scratch_bytes() : 0;
}

}  // namespace tandem
