// A loaded model that is ready to run: a plan, weights in each processor's layout, a KV cache, and the tokens
// that are in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/system.h"
#include "gguf/file.h"
#include "model/hyper_parameters.h"
#include "model/weights.h"
#include "plan/plan.h"
#include "plan/settings.h"
#include "plan/solve.h"
#include "processor/activation_pool.h"
#include "processor/processor.h"
#include "profile/cost_model.h"
#include "runtime/executor.h"
#include "runtime/memory_plan.h"
#include "runtime/processors.h"
#include "runtime/refusing_costs.h"
#include "tokenizer/tokenizer.h"
#include "trace/ring.h"

namespace tandem {

struct LoadOptions {
  std::string path;
  int64_t context = 0;  // Tokens of KV cache; 0: the model's own, at most 4096.
  // The primary (CPU or GPU), then the NPU where it helps. Empty: the CPU alone. One that cannot be used is
  // left out, and a note says why.
  std::vector<ProcessorKind> processors;
  ProcessorOptions options;
  SolverSettings settings;
  // Of this device; null: everything runs on the primary.
  std::shared_ptr<const CostModel> costs;
  std::vector<std::string> notes;  // Sentences that the summary repeats.
  int64_t max_logit_rows = 1;      // Rows of one step whose logits can be asked for.
  bool warm_up = true;             // Runs a few tokens, where another processor than the CPU takes part.

  // For tests: other processors than this device's, and a call before each wait for another one.
  std::function<Result<std::unique_ptr<Processor>>(ProcessorKind)> make_processor;
  std::function<void(Lane)> before_join;
};

// stage: open, repack (done and total in bytes of the file), compile (in graphs and kernels), warm-up (in
// steps).
using LoadProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

struct ModelSummary {
  std::string name;
  int64_t parameters = 0;
  std::map<std::string, int64_t> weight_bytes_by_type;
  int64_t context = 0;
  MemoryUse memory;
  double load_ms = 0;                            // All of it.
  double repack_ms = 0;                          // The part that copied weights and compiled graphs.
  int64_t load_began_ns = 0, load_ended_ns = 0;  // CLOCK_BOOTTIME
  std::string chat_template;                     // Empty: the file has none.
  std::vector<std::string> notes;                // Sentences a user should see.
};

struct ProcessorUsage {
  ProcessorKind processor = ProcessorKind::kCpu;
  Usage usage;
};

struct ReplanReport {
  double compile_ms = 0;  // Measured, of what the new plan needed and the old one had not.
  std::vector<std::string> notes;
};

class Session {
 public:
  // Errors: those of the file, the model and the tokenizer; model-does-not-fit; invalid-argument; cancelled.
  [[nodiscard]] static Result<std::unique_ptr<Session>> load(const LoadOptions& options, const System& system,
                                                             const LoadProgress& progress = {},
                                                             const CancelToken& cancel = {});

  [[nodiscard]] const std::string& path() const { return options_.path; }
  [[nodiscard]] const HyperParameters& shape() const { return graph_.shape; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const Weights& weights() const { return weights_; }
  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }
  [[nodiscard]] const ModelSummary& summary() const { return summary_; }
  [[nodiscard]] int64_t context() const { return summary_.context; }
  // Those that run this model, the primary first. One that is out is not among them.
  [[nodiscard]] std::vector<ProcessorInfo> processors() const;
  [[nodiscard]] std::vector<ProcessorUsage> usage() const;
  [[nodiscard]] JoinStats join_stats() const { return executor_->join_stats(); }
  // Of processors with a clock of their own.
  [[nodiscard]] std::optional<int64_t> clock_error_ns(ProcessorKind processor) const;

  [[nodiscard]] const ProcessorOptions& processor_options() const { return options_.options; }
  // Costs of the plans from now on; replan() makes one.
  void use_costs(std::shared_ptr<const CostModel> costs) {
    options_.costs = std::move(costs);
    refusing_costs_.reset();
  }

  // What runs: never null.
  [[nodiscard]] const Plan* plan() const { return plan_.get(); }
  // Solves again with other settings and makes ready what is missing. Errors: those of solve() and of
  // Program::prepare; then the old plan goes on.
  [[nodiscard]] Result<ReplanReport> replan(const SolverSettings& settings, const CancelToken& cancel = {});
  // Sentences on what happened since the model was loaded, e.g. that the NPU failed and is out.
  [[nodiscard]] std::span<const std::string> incidents() const { return incidents_; }
  // Asks a processor back that is out. Errors: as replan().
  [[nodiscard]] Result<ReplanReport> readmit(const CancelToken& cancel = {});

  // The tokens whose keys and values are in the cache.
  [[nodiscard]] std::span<const int32_t> cached() const { return cached_; }
  // Forgets all but the first `tokens` of them.
  void truncate(size_t tokens);

  struct Run {
    CancelToken cancel;
    TraceRing* trace = nullptr;                  // Of the calling thread.
    TraceRing* npu_trace = nullptr;              // Of the co-processor's thread.
    std::function<void(int64_t done)> progress;  // Tokens of this call that are done, after each chunk.
  };
  // Runs the model over `tokens` behind the cached ones, in chunks, and caches them; those of finished chunks
  // stay cached after an error. Logits of the last logit_rows tokens of the last chunk are computed (at most
  // max_logit_rows). The caller sees to it that they fit into the context. Errors: cancelled,
  // processor-failed, invalid-argument.
  [[nodiscard]] Result<void> forward(std::span<const int32_t> tokens, int64_t logit_rows, const Run& run);

  // [logit_rows of the last forward, vocabulary]
  [[nodiscard]] std::span<const float> logits() const;

  // Tokens that one step takes at most: on the primary alone, and with a co-processor, where larger steps
  // reach its larger graphs.
  static constexpr int64_t kChunk = 256;
  static constexpr int64_t kSharedChunk = 512;
  [[nodiscard]] int64_t chunk() const { return plan_->max_tokens(); }

 private:
  explicit Session(const LoadOptions& options) : options_(options) {}
  [[nodiscard]] Result<void> open(const System& system, const LoadProgress& progress);
  [[nodiscard]] Result<void> choose_context(const HyperParameters& shape);
  void count_weights();
  [[nodiscard]] Result<void> warm_up(const LoadProgress& progress, const CancelToken& cancel);
  [[nodiscard]] Result<void> make_processors(const System& system);
  [[nodiscard]] Result<void> fit_graphs(Plan& plan, const System& system) const;
  [[nodiscard]] Result<void> make_memory(const Plan& plan, const System& system);
  [[nodiscard]] Result<std::unique_ptr<Processor>> make(ProcessorKind kind, const System& system) const;

  // placing.cc
  [[nodiscard]] ProcessorKind primary_kind() const { return primary_->info().kind; }
  [[nodiscard]] Result<Plan> make_plan(const SolverSettings& settings) const;
  // Makes both programs ready for a plan. Where the NPU refuses a part the plan is made again without it.
  [[nodiscard]] Result<void> place(Plan plan, const LoadProgress& progress, const CancelToken& cancel);
  // The next best plan after the NPU refused something; without the NPU where there is none.
  [[nodiscard]] Result<Plan> plan_without(const Plan& plan, const Error& refusal);
  void put_npu_out(const std::string& why);
  void drop_npu_program();
  [[nodiscard]] Result<void> prepare(Lane lane, std::span<const Part> parts, const LoadProgress& progress,
                                     const CancelToken& cancel);
  [[nodiscard]] Result<void> lose_npu(std::string why);
  [[nodiscard]] Result<ReplanReport> place_and_report(const SolverSettings& settings,
                                                      const CancelToken& cancel);
  void count_memory();

  LoadOptions options_;
  std::unique_ptr<GgufFile> file_;  // Views of it are in weights_.
  Weights weights_;
  Graph graph_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<Processor> primary_, npu_;  // The second may be null, as may its program.
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<Program> primary_program_, npu_program_;
  Usage npu_usage_;  // Of NPU programs that are gone.
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Executor> executor_;
  bool npu_out_ = false;
  std::shared_ptr<RefusingCosts> refusing_costs_;  // Null until the NPU refuses a shape.
  std::vector<std::string> incidents_;
  std::vector<int32_t> cached_;
  int64_t logit_rows_ = 0;
  ModelSummary summary_;
};

}  // namespace tandem
