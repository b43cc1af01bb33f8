// The interface behind which every processor stands. A processor prepares parts of the graph's ops ahead of
// time in a Program (weights in its layout, kernels, graphs); running is one virtual call per batch of parts,
// never one per op. A program may run its batches at once (CPU) or behind the caller's back in order (a GPU's
// queue).
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
#include "processor/part.h"
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
  std::string isa;  // Of the CPU's kernels that run: "avx512vnni"; empty elsewhere.
};

// One pass over tokens.size() tokens. Everything that it names outlives the call.
struct Step {
  StepShape shape;
  std::span<const int32_t> tokens;  // [M], ids inside the vocabulary.
  CancelToken cancel;               // Looked at between ops.
  TraceRing* trace = nullptr;  // Of this program's thread: where finished parts are recorded; null: nowhere.
};

// What a program did since it was made.
struct Usage {
  int64_t ops = 0;  // Parts of ops.
  int64_t busy_ns = 0;
};

// Weights, and what to do when rows of one were copied.
struct PrepareRequest {
  const Weights& weights;
  CancelToken cancel;
  // Called on the preparing thread when rows [first_row, first_row + rows) of a weight were copied: the place
  // to check them and to give the file's memory back. An error ends the preparation.
  std::function<Result<void>(WeightId, int64_t first_row, int64_t rows)> copied;
  // Called after each graph or kernel that was compiled or read from its cache. Null: nobody listens.
  std::function<void(int64_t done, int64_t total)> compiled;
};

// All calls but completed() and finish() come from one thread at a time.
class Program {
 public:
  virtual ~Program() = default;

  // Makes ready to run these parts: packs weights that are not packed yet, compiles graphs that are not
  // there. What is ready already costs nothing, so it can be called again, also between steps, when a plan
  // changes or this processor takes over another's parts. Parts whose first_token, tokens, splits, share or
  // prediction differ are the same part; padded_tokens counts on processors with static shapes. Errors:
  // unsupported, out-of-memory, cancelled, processor-failed, those of `copied`.
  [[nodiscard]] virtual Result<void> prepare(std::span<const Part> parts, const PrepareRequest& request) = 0;

  // Runs prepared parts in order, or queues them and returns. What they read is complete, or written by
  // earlier batches of this program. The parts and the step outlive the batch's completion. Errors: cancelled
  // (looked at between parts), processor-failed. After an error nothing of the batch may be relied on.
  [[nodiscard]] virtual Result<void> submit(const Batch& batch, const Step& step) = 0;

  // The number of the last batch that signals whose outputs are visible to every processor. Any thread; cheap
  // enough to be polled.
  [[nodiscard]] virtual uint64_t completed() const = 0;

  // The driver's own wait, for all batches up to this number (clFinish and the like). Any thread. Error:
  // processor-failed.
  [[nodiscard]] virtual Result<void> finish(uint64_t number) = 0;

  // Called when everything is finished, at the end of a step: records parts that ran asynchronously in the
  // step's ring with the device's own times, oldest first. Programs that record in submit() do nothing.
  [[nodiscard]] virtual Result<void> collect(const Step& step) = 0;

  [[nodiscard]] virtual Usage usage() const = 0;
  // Weights in this processor's own layout, in bytes, each counted once.
  [[nodiscard]] virtual int64_t weight_bytes() const = 0;
  // Memory for intermediate results beside the pool, in bytes.
  [[nodiscard]] virtual int64_t scratch_bytes() const = 0;
  // How far this processor's clock may be from the host's in what collect() records; nothing where the times
  // are the host's.
  [[nodiscard]] virtual std::optional<int64_t> clock_error_ns() const { return std::nullopt; }
  // Sentences a user should see, e.g. that Q4_K was repacked to a type that has a kernel.
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }
};

// Keys and values of all layers, in the layout of the processor that attends.
class KvCache {
 public:
  virtual ~KvCache() = default;
  [[nodiscard]] virtual int64_t bytes() const = 0;
};

class Processor {
 public:
  virtual ~Processor() = default;
  [[nodiscard]] virtual ProcessorInfo info() const = 0;
  // Nothing where the op can run here, else the reason in one sentence.
  [[nodiscard]] virtual std::optional<std::string> why_not(const Graph& graph, const Weights& weights,
                                                           const Op& op) const = 0;
  // For at least `positions` tokens. Errors: out-of-memory; unsupported on a co-processor.
  [[nodiscard]] virtual Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters& shape,
                                                                    int64_t positions) = 0;
  // A program with nothing prepared. `cache` is one that this processor made, null on a co-processor. The
  // processor, graph, pool and cache outlive the program. Maps the pool's slots for this processor.
  // Errors: out-of-memory, processor-failed.
  [[nodiscard]] virtual Result<std::unique_ptr<Program>> make_program(const Graph& graph,
                                                                      ActivationPool& pool,
                                                                      KvCache* cache) = 0;
};

}  // namespace tandem
