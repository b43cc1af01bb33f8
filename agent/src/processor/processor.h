// The interface behind which every processor stands. A processor compiles a run of the graph's ops ahead of
// time into a Program; running a step is one virtual call per program, never one per op.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "graph/graph.h"
#include "processor/activation_pool.h"
#include "trace/ring.h"

namespace tandem {

enum class ProcessorKind { kCpu, kGpu, kNpu };
enum class ProcessorState { kReady, kMissing, kBroken };
// The primary can run every op; a co-processor matmuls only.
enum class ProcessorRole { kPrimary, kCoProcessor, kNone };

// As on the wire: "cpu", "ready", "co-processor".
[[nodiscard]] std::string_view processor_kind_name(ProcessorKind kind);
[[nodiscard]] std::string_view processor_state_name(ProcessorState state);
[[nodiscard]] std::string_view processor_role_name(ProcessorRole role);

struct ProcessorInfo {
  ProcessorKind kind = ProcessorKind::kCpu;
  std::string name;
  ProcessorState state = ProcessorState::kReady;
  ProcessorRole role = ProcessorRole::kNone;
  std::string reason;  // One sentence; empty exactly when ready.
  std::vector<std::string> features;
  int threads = 0;
};

// One pass over tokens.size() tokens. Everything that it names outlives the call.
struct Step {
  StepShape shape;
  std::span<const int32_t> tokens;  // [M], ids inside the vocabulary.
  CancelToken cancel;               // Looked at between ops.
  TraceRing* trace = nullptr;       // Where finished ops are recorded; null: nowhere.
};

// What a program did since it was made.
struct Usage {
  int64_t ops = 0;
  int64_t busy_ns = 0;
};

class Program {
 public:
  virtual ~Program() = default;
  // Errors: cancelled; processor-failed. After an error the step's outputs and cache rows are undefined.
  [[nodiscard]] virtual Result<void> run(const Step& step) = 0;
  [[nodiscard]] virtual Usage usage() const = 0;
  // Weights in this processor's own layout, in bytes; what a program of the same compilation holds counts
  // once.
  [[nodiscard]] virtual int64_t weight_bytes() const = 0;
  // Memory for intermediate results beside the pool, in bytes.
  [[nodiscard]] virtual int64_t scratch_bytes() const = 0;
};

// Keys and values of all layers, in the layout of the processor that attends.
class KvCache {
 public:
  virtual ~KvCache() = default;
  [[nodiscard]] virtual int64_t bytes() const = 0;
};

struct CompileRequest {
  const Graph& graph;
  const Weights& weights;
  OpId first = 0;  // Ops [first, last) in order.
  OpId last = 0;
  ActivationPool& pool;
  KvCache& cache;
  CancelToken cancel;
  // Called on the compiling thread when rows [first_row, first_row + rows) of a weight were copied: the place
  // to check them and to give the file's memory back. An error ends the compilation.
  std::function<Result<void>(WeightId, int64_t first_row, int64_t rows)> copied;
};

class Processor {
 public:
  virtual ~Processor() = default;
  [[nodiscard]] virtual ProcessorInfo info() const = 0;
  // Nothing where the op can run here, else the reason in one sentence.
  [[nodiscard]] virtual std::optional<std::string> why_not(const Graph& graph, const Weights& weights,
                                                           const Op& op) const = 0;
  // For at least `positions` tokens. Error: out-of-memory.
  [[nodiscard]] virtual Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters& shape,
                                                                    int64_t positions) = 0;
  // The processor, graph, weights, pool and cache outlive the program. Errors: unsupported, out-of-memory,
  // cancelled, those of `copied`.
  [[nodiscard]] virtual Result<std::unique_ptr<Program>> compile(const CompileRequest& request) = 0;
};

}  // namespace tandem
