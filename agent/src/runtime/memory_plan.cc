#include "runtime/memory_plan.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>

#include "processor/activation_pool.h"
#include "runtime/schedule.h"

namespace tandem {
namespace {

// Packed panels are of 16 rows, and the layouts of some K-quants are up to 4 % larger than the file's.
int64_t packed_bytes(const TensorView& view) {
  const int64_t rows = (view.rows + 15) / 16 * 16;
  const auto bytes = static_cast<int64_t>(row_bytes(view.type, static_cast<uint64_t>(view.columns))) * rows;
  return bytes + bytes / 25;
}

}  // namespace

int64_t kv_cache_bytes(const HyperParameters& shape, int64_t positions) {
  constexpr int64_t kElement = 2;  // fp16
  const auto blocks = [](int64_t count) { return (count + 15) / 16 * 16; };
  return 2 * shape.layers * shape.kv_heads * blocks(shape.head_dim) * blocks(positions) * kElement;
}

int64_t compiling_bytes(const Graph& graph, const Plan& plan) {
  int64_t most = 0;
  for (const GraphSpec& spec : plan.graphs) {
    most = std::max(most, spec.rows * graph.ops[static_cast<size_t>(spec.op)].k);
  }
  constexpr int64_t kHalf = 2, kCopies = 2;
  return most * kHalf * kCopies;
}

MemoryUse plan_memory(const Graph& graph, const Weights& weights, const Plan& plan, int64_t context,
                      int64_t max_logit_rows) {
  MemoryUse use;
  for (const Weight& weight : weights.table) use.weights_repacked += packed_bytes(weight.view);
  use.kv_cache = kv_cache_bytes(graph.shape, context);
  const PoolRows rows = pool_rows(graph, plan, max_logit_rows);
  use.activations = ActivationPool::bytes_needed(graph, rows.tokens, rows.logit_rows);
  use.npu_graphs = plan.graph_bytes;
  return use;
}

std::string bytes_text(int64_t bytes) {
  constexpr std::array kUnits = {"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit < 3 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

Result<void> check_fit(const MemoryUse& plan, int64_t context, int64_t available) {
  if (available <= 0 || plan.total() <= available) return {};
  const std::string graphs = plan.npu_graphs == 0 ? "" : ", " + bytes_text(plan.npu_graphs) + " NPU graphs";
  return Error{ErrorCode::kModelDoesNotFit,
               "The model needs " + bytes_text(plan.total()) + " of memory (" +
                   bytes_text(plan.weights_repacked) + " weights, " + bytes_text(plan.kv_cache) +
                   " for a context of " + std::to_string(context) + " tokens, " +
                   bytes_text(plan.activations) + " activations" + graphs + ") and " + bytes_text(available) +
                   " are available: choose a smaller model or a shorter context, or close other programs.",
               {{"neededBytes", std::to_string(plan.total())},
                {"availableBytes", std::to_string(available)},
                {"weightBytes", std::to_string(plan.weights_repacked)},
                {"kvCacheBytes", std::to_string(plan.kv_cache)},
                {"activationBytes", std::to_string(plan.activations)},
                {"npuGraphBytes", std::to_string(plan.npu_graphs)},
                {"contextLength", std::to_string(context)}}};
}

}  // namespace tandem
