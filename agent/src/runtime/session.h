// A loaded model that is ready to run: weights in the processor's layout, a KV cache, and the tokens that are
// in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cpu/cpu_processor.h"
#include "base/cancel.h"
#include "base/result.h"
#include "base/system.h"
#include "gguf/file.h"
#include "model/hyper_parameters.h"
#include "model/weights.h"
#include "processor/activation_pool.h"
#include "processor/processor.h"
#include "runtime/memory_plan.h"
#include "tokenizer/tokenizer.h"
#include "trace/ring.h"

namespace tandem {

struct LoadOptions {
  std::string path;
  int64_t context = 0;  // Tokens of KV cache; 0: the model's own, at most 4096.
  cpu::CpuOptions cpu;
  int64_t max_logit_rows = 1;  // Rows of one step whose logits can be asked for.
};

// stage: open, repack. done and total in bytes of the file.
using LoadProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

struct ModelSummary {
  std::string name;
  int64_t parameters = 0;
  std::map<std::string, int64_t> weight_bytes_by_type;
  int64_t context = 0;
  MemoryUse memory;
  double load_ms = 0;                            // All of it.
  double repack_ms = 0;                          // The part that copied weights.
  int64_t load_began_ns = 0, load_ended_ns = 0;  // CLOCK_BOOTTIME
  std::string chat_template;                     // Empty: the file has none.
  std::vector<std::string> notes;                // Sentences a user should see.
};

class Session {
 public:
  // Errors: those of the file, the model and the tokenizer; model-does-not-fit; cancelled.
  [[nodiscard]] static Result<std::unique_ptr<Session>> load(const LoadOptions& options, const System& system,
                                                             const LoadProgress& progress = {},
                                                             const CancelToken& cancel = {});

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const HyperParameters& shape() const { return graph_.shape; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const Weights& weights() const { return weights_; }
  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }
  [[nodiscard]] const ModelSummary& summary() const { return summary_; }
  [[nodiscard]] const cpu::CpuProcessor& processor() const { return *processor_; }
  [[nodiscard]] int64_t context() const { return summary_.context; }
  [[nodiscard]] Usage usage() const { return program_->usage(); }

  // The tokens whose keys and values are in the cache.
  [[nodiscard]] std::span<const int32_t> cached() const { return cached_; }
  // Forgets all but the first `tokens` of them.
  void truncate(size_t tokens);

  struct Run {
    CancelToken cancel;
    TraceRing* trace = nullptr;
    std::function<void(int64_t done)> progress;  // Tokens of this call that are done, after each chunk.
  };
  // Runs the model over `tokens` behind the cached ones, in chunks, and caches them; those of finished chunks
  // stay cached after an error. Logits of the last logit_rows tokens of the last chunk are computed (at most
  // max_logit_rows). The caller sees to it that they fit into the context. Errors: cancelled,
  // processor-failed, invalid-argument.
  [[nodiscard]] Result<void> forward(std::span<const int32_t> tokens, int64_t logit_rows, const Run& run);

  // [logit_rows of the last forward, vocabulary]
  [[nodiscard]] std::span<const float> logits() const;

  // Tokens that one step takes at most.
  static constexpr int64_t kChunk = 256;

 private:
  Session() = default;
  [[nodiscard]] Result<void> open(const LoadOptions& options, const System& system,
                                  const LoadProgress& progress);
  [[nodiscard]] Result<void> choose_context(int64_t wanted);
  [[nodiscard]] Result<void> compile(const LoadProgress& progress, const CancelToken& cancel);
  void count_weights();

  std::string path_;
  std::unique_ptr<GgufFile> file_;  // Views of it are in weights_.
  Weights weights_;
  Graph graph_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<cpu::CpuProcessor> processor_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<Program> program_;
  std::vector<int32_t> cached_;
  int64_t logit_rows_ = 0;
  uint64_t batches_ = 0;
  ModelSummary summary_;
};

}  // namespace tandem
