#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "gguf/check_values.h"
#include "runtime/schedule.h"
#include "runtime/session.h"

namespace tandem {
namespace {

constexpr int64_t kDefaultContext = 4096;
constexpr int64_t kMostContext = 1 << 20;

double ms_between(int64_t begin_ns, int64_t end_ns) { return static_cast<double>(end_ns - begin_ns) / 1e6; }

}  // namespace

Result<std::unique_ptr<Session>> Session::load(const LoadOptions& options, const System& system,
                                               const LoadProgress& progress, const CancelToken& cancel) {
  std::unique_ptr<Session> session(new Session());
  session->summary_.load_began_ns = boottime_ns();
  TANDEM_TRY(session->open(options, system, progress));
  const int64_t repack_began = boottime_ns();
  TANDEM_TRY(session->compile(progress, cancel));
  ModelSummary& summary = session->summary_;
  summary.load_ended_ns = boottime_ns();
  summary.repack_ms = ms_between(repack_began, summary.load_ended_ns);
  summary.load_ms = ms_between(summary.load_began_ns, summary.load_ended_ns);
  return session;
}

// Everything that can refuse the model comes before the first weight is touched.
Result<void> Session::open(const LoadOptions& options, const System& system, const LoadProgress& progress) {
  path_ = options.path;
  if (progress) progress("open", 0, 0);
  TANDEM_ASSIGN(GgufFile file, GgufFile::open(options.path));
  file_ = std::make_unique<GgufFile>(std::move(file));
  TANDEM_ASSIGN(const HyperParameters shape, read_hyper_parameters(*file_));
  TANDEM_ASSIGN(weights_, find_weights(*file_, shape));
  TANDEM_ASSIGN(Tokenizer tokenizer, Tokenizer::create(*file_));
  tokenizer_ = std::make_unique<Tokenizer>(std::move(tokenizer));
  summary_.notes = tokenizer_->notes();
  graph_ = build_graph(shape, weights_);
  TANDEM_ASSIGN(const std::string_view chat_template, file_->get_string_or("tokenizer.chat_template", ""));
  summary_.chat_template = std::string(chat_template);
  summary_.name = shape.name.empty() ? std::filesystem::path(path_).stem().string() : shape.name;
  count_weights();
  TANDEM_TRY(choose_context(options.context));

  const int64_t logit_rows = std::clamp<int64_t>(options.max_logit_rows, 1, kChunk);
  const MemoryUse plan = plan_memory(graph_, weights_, context(), kChunk, logit_rows);
  TANDEM_TRY(check_fit(plan, context(), system.memory().available));
  TANDEM_ASSIGN(processor_, cpu::CpuProcessor::create(options.cpu, system));
  TANDEM_ASSIGN(cache_, processor_->make_cache(shape, context()));
  TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(graph_, kChunk, logit_rows));
  pool_ = std::make_unique<ActivationPool>(std::move(pool));
  return {};
}

Result<void> Session::choose_context(int64_t wanted) {
  const int64_t trained = graph_.shape.trained_context;
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

Result<void> Session::compile(const LoadProgress& progress, const CancelToken& cancel) {
  int64_t total = 0;
  for (const Weight& weight : weights_.table) total += static_cast<int64_t>(weight.view.bytes.size());
  int64_t done = 0;
  PrepareRequest request{.weights = weights_, .cancel = cancel, .copied = {}, .compiled = {}};
  request.copied = [&](WeightId id, int64_t first, int64_t rows) -> Result<void> {
    const TensorView part = rows_of(weights_.view(id), first, rows);
    TANDEM_TRY(check_values(weights_.name(id), part));
    file_->release(part);
    done += static_cast<int64_t>(part.bytes.size());
    if (progress) progress("repack", done, total);
    if (cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
    return {};
  };
  TANDEM_ASSIGN(program_, processor_->make_program(graph_, *pool_, cache_.get()));
  TANDEM_TRY(program_->prepare(parts_on_primary(graph_, Strategy::kCpu, {kChunk, 0, 1}), request));
  summary_.memory.weights_repacked = program_->weight_bytes();
  summary_.memory.kv_cache = cache_->bytes();
  summary_.memory.activations = pool_->bytes() + program_->scratch_bytes();
  summary_.memory.tokenizer = static_cast<int64_t>(tokenizer_->memory_bytes());
  return {};
}

}  // namespace tandem
