// One context of the provider: compiled graphs, and the activation memory that is registered with it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "backends/qnn/binary_cache.h"
#include "backends/qnn/device.h"
#include "backends/qnn/matmul_graph.h"
#include "backends/qnn/session_plan.h"
#include "processor/processor.h"

namespace tandem::qnn {

// [rows, width] of fp32 at `offset` bytes of a shared buffer.
struct Range {
  const SharedMemory* memory = nullptr;
  size_t offset = 0;
  int64_t rows = 0, width = 0;
  [[nodiscard]] size_t bytes() const { return static_cast<size_t>(rows * width) * sizeof(float); }
};

class Session {
 public:
  struct Source {
    const Graph& graph;
    const PrepareRequest& request;
    const QnnOptions& options;
    const BinaryCache& cache;
    int64_t done = 0, total = 0;      // Of all graphs that this preparation makes.
    std::vector<std::string>& notes;  // What a user should see.
  };

  // Compiles the plan's graphs, or takes them from the cache. Errors: unsupported (context: op, m, k, n),
  // out-of-memory, cancelled, processor-failed, those of request.copied.
  [[nodiscard]] static Result<std::unique_ptr<Session>> make(const Device& device, const SessionPlan& plan,
                                                             Source& source);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] int64_t weight_bytes() const { return weight_bytes_; }
  [[nodiscard]] bool from_cache() const { return from_cache_; }

  // Runs a graph that the plan has. `registered`: by memory handle, else the driver copies. Gives the status.
  [[nodiscard]] abi::Status execute(const GraphKey& key, const Range& input, const Range& output,
                                    bool registered, abi::Profile profile);
  // Whether the provider maps this memory; nothing is kept.
  [[nodiscard]] abi::Status try_memory(const SharedMemory& memory);

 private:
  explicit Session(const Device& device) : device_(device) {}
  [[nodiscard]] Result<bool> load(const SessionPlan& plan, const CacheKey& key, Source& source);
  [[nodiscard]] Result<void> compile(const SessionPlan& plan, Source& source);
  [[nodiscard]] Result<void> compile_group(const WeightGroup& group, Source& source);
  [[nodiscard]] Result<void> keep(const CacheKey& key, Source& source);
  [[nodiscard]] abi::Status range_handle(const Range& range, abi::MemoryHandle& handle);

  const Device& device_;
  abi::Context context_ = nullptr;
  std::map<GraphKey, MatmulGraph> graphs_;
  std::vector<GraphKey> order_;  // In which they were compiled.
  // By buffer, offset, rows and width.
  std::map<std::tuple<const SharedMemory*, size_t, int64_t, int64_t>, abi::MemoryHandle> handles_;
  int64_t weight_bytes_ = 0;
  bool from_cache_ = false;
};

}  // namespace tandem::qnn
