#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "runtime/schedule.h"
#include "runtime/session.h"

namespace tandem {
namespace {

constexpr int64_t kDefaultContext = 4096;
constexpr int64_t kMostContext = 1 << 20;
// Each of these uses other kernels.
constexpr std::array<int64_t, 3> kWarmUpTokens = {16, 2, 1};

std::string instead_of_gpu(const Error& error) {
  return "The CPU runs the model instead of the GPU: " + error.message;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::load(const LoadOptions& options, const System& system,
                                               const LoadProgress& progress, const CancelToken& cancel) {
  const auto once = [&](const LoadOptions& chosen) -> Result<std::unique_ptr<Session>> {
    std::unique_ptr<Session> session(new Session(chosen));
    session->summary_.load_began_ns = boottime_ns();
    TANDEM_TRY(session->open(system, progress));
    const int64_t repack_began = boottime_ns();
    TANDEM_ASSIGN(Plan plan, session->make_plan(chosen.settings));
    TANDEM_TRY(session->fit_graphs(plan, system));
    TANDEM_TRY(session->make_memory(plan, system));
    TANDEM_TRY(session->place(std::move(plan), progress, cancel));
    if (chosen.warm_up) TANDEM_TRY(session->warm_up(progress, cancel));
    ModelSummary& summary = session->summary_;
    for (const auto* notes : {&session->plan_->notes, &session->incidents_})
      summary.notes.insert(summary.notes.end(), notes->begin(), notes->end());
    summary.load_ended_ns = boottime_ns();
    summary.repack_ms = ms_between(repack_began, summary.load_ended_ns);
    summary.load_ms = ms_between(summary.load_began_ns, summary.load_ended_ns);
    return session;
  };
  auto loaded = once(options);
  const bool on_gpu = !options.processors.empty() && options.processors.front() == ProcessorKind::kGpu;
  if (loaded.ok() || !on_gpu || loaded.error().code != ErrorCode::kProcessorFailed) return loaded;
  // The driver's compiler or its queue shows what it is worth only now.
  LoadOptions on_cpu = options;
  on_cpu.processors.front() = ProcessorKind::kCpu;
  on_cpu.notes.push_back(instead_of_gpu(loaded.error()));
  return once(on_cpu);
}

// Everything that can refuse the model comes before the first weight is touched.
Result<void> Session::open(const System& system, const LoadProgress& progress) {
  if (progress) progress("open", 0, 0);
  TANDEM_ASSIGN(GgufFile file, GgufFile::open(path()));
  file_ = std::make_unique<GgufFile>(std::move(file));
  TANDEM_ASSIGN(const HyperParameters shape, read_hyper_parameters(*file_));
  TANDEM_ASSIGN(weights_, find_weights(*file_, shape));
  TANDEM_ASSIGN(Tokenizer tokenizer, Tokenizer::create(*file_));
  tokenizer_ = std::make_unique<Tokenizer>(std::move(tokenizer));
  summary_.notes = options_.notes;
  const std::vector<std::string> unread = tokenizer_->notes();
  summary_.notes.insert(summary_.notes.end(), unread.begin(), unread.end());
  TANDEM_ASSIGN(const std::string_view chat_template, file_->get_string_or("tokenizer.chat_template", ""));
  summary_.chat_template = std::string(chat_template);
  summary_.name = shape.name.empty() ? std::filesystem::path(path()).stem().string() : shape.name;
  count_weights();
  TANDEM_TRY(choose_context(shape));
  choose_rope_factors(shape, summary_.context, weights_);
  TANDEM_TRY(make_processors(system));
  graph_ = build_graph(shape, weights_, npu_ ? InPlace::kResidual : InPlace::kElementWise);
  for (const Op& op : graph_.ops) {
    if (const auto reason = primary_->why_not(graph_, weights_, op))
      return Error{ErrorCode::kUnsupported, *reason, {{"op", op.name}}};
  }
  return {};
}

Result<std::unique_ptr<Processor>> Session::make(ProcessorKind kind, const System& system) const {
  if (options_.make_processor) return options_.make_processor(kind);
  return tandem::make_processor(kind, options_.options, system);
}

Result<void> Session::make_processors(const System& system) {
  const std::vector<ProcessorKind>& wanted = options_.processors;
  const bool npu_first = !wanted.empty() && wanted.front() == ProcessorKind::kNpu;
  if (npu_first || wanted.size() > 2 || (wanted.size() == 2 && wanted.back() != ProcessorKind::kNpu)) {
    return Error{ErrorCode::kInvalidArgument,
                 "The processors are one that runs every op, cpu or gpu, and behind it npu where it helps.",
                 {}};
  }
  const ProcessorKind kind = wanted.empty() ? ProcessorKind::kCpu : wanted.front();
  auto primary = make(kind, system);
  if (!primary.ok() && kind == ProcessorKind::kGpu) {
    summary_.notes.push_back(instead_of_gpu(primary.error()));
    primary = make(ProcessorKind::kCpu, system);
  }
  TANDEM_ASSIGN(primary_, std::move(primary));
  if (wanted.size() < 2) return {};
  auto npu = make(ProcessorKind::kNpu, system);
  if (npu.ok()) {
    npu_ = std::move(npu).value();
  } else {
    summary_.notes.push_back("The NPU does not run: " + npu.error().message);
  }
  return {};
}

// Drivers finish kernels and graphs when they first run: the first token should not wait for that.
Result<void> Session::warm_up(const LoadProgress& progress, const CancelToken& cancel) {
  if (primary_kind() == ProcessorKind::kCpu && !npu_program_) return {};
  int64_t done = 0;
  for (const int64_t wanted : kWarmUpTokens) {
    if (progress) progress("warm-up", done++, kWarmUpTokens.size());
    const std::vector<int32_t> tokens(static_cast<size_t>(std::min(wanted, context())), 0);
    Run run;
    run.cancel = cancel;
    const Result<void> ran = forward(tokens, 1, run);
    truncate(0);
    TANDEM_TRY(ran);
  }
  logit_rows_ = 0;
  return {};
}

// Where the NPU's graphs take more memory than there is, a plan with fewer of them does.
Result<void> Session::fit_graphs(Plan& plan, const System& system) const {
  const MemoryUse use = plan_memory(graph_, weights_, plan, context(), 1);
  const int64_t available = system.memory().available;
  const int64_t room = available - (use.total() - use.npu_graphs) - compiling_bytes(graph_, plan);
  if (use.npu_graphs <= room || available <= 0 || room < 2) return {};
  SolverSettings settings = plan.settings;
  settings.max_graph_bytes = room / 2;
  TANDEM_ASSIGN(plan, make_plan(settings));
  plan.notes.push_back("The NPU's graphs are held to " + bytes_text(room / 2) +
                       ", half of the memory that is free.");
  return {};
}

Result<void> Session::make_memory(const Plan& plan, const System& system) {
  const int64_t logit_rows = std::clamp<int64_t>(options_.max_logit_rows, 1, plan.max_tokens());
  TANDEM_TRY(check_fit(plan_memory(graph_, weights_, plan, context(), logit_rows), context(),
                       system.memory().available));
  TANDEM_ASSIGN(cache_, primary_->make_cache(graph_.shape, context()));
  const PoolRows rows = pool_rows(graph_, plan, logit_rows);
  TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(graph_, rows.tokens, rows.logit_rows,
                                                            pool_allocator(options_.options, npu_.get())));
  pool_ = std::make_unique<ActivationPool>(std::move(pool));
  TANDEM_ASSIGN(primary_program_, primary_->make_program(graph_, *pool_, cache_.get()));
  Executor::Options options;
  options.primary_kind = primary_kind();
  options.before_join = options_.before_join;
  options.prepare_primary = [this](std::span<const Part> adopted) {
    return prepare(Lane::kPrimary, adopted, {}, {});
  };
  executor_ = std::make_unique<Executor>(graph_, *primary_program_, std::move(options));
  return {};
}

Result<void> Session::choose_context(const HyperParameters& shape) {
  const int64_t wanted = options_.context;
  const int64_t trained = shape.trained_context;
  if (wanted < 0 || wanted > kMostContext) {
    return Error{ErrorCode::kInvalidArgument,
                 "The context length is " + std::to_string(wanted) + "; give 0 (the model's own) to " +
                     std::to_string(kMostContext) + ".",
                 {{"contextLength", std::to_string(wanted)}}};
  }
  summary_.context = wanted == 0 ? std::min(trained, kDefaultContext) : wanted;
  if (wanted > trained) {
    summary_.notes.push_back("The context of " + std::to_string(wanted) + " tokens is longer than the " +
                             std::to_string(trained) +
                             " that the model was trained with: expect poor answers beyond that.");
  }
  return {};
}

void Session::count_weights() {
  for (const Weight& weight : weights_.table) {
    summary_.parameters += weight.view.rows * weight.view.columns;
    summary_.weight_bytes_by_type[std::string(type_traits(weight.view.type).name)] +=
        static_cast<int64_t>(weight.view.bytes.size());
  }
}

}  // namespace tandem
