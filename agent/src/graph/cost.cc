#include "graph/cost.h"

#include <algorithm>

namespace tandem {
namespace {

constexpr int64_t kActivation = sizeof(float);
constexpr int64_t kKvElement = 2;  // fp16

// Keys that `rows` queries look at, each at most the `window` last ones; the last query sits at the end of
// the step.
int64_t attended_keys(const StepShape& step, int64_t rows, int64_t window) {
  const int64_t first = step.position + step.tokens - rows;
  // Queries that see less than a window: they come first, and each sees one key more.
  const int64_t growing = std::clamp<int64_t>(window - first, 0, rows);
  return growing * first + growing * (growing + 1) / 2 + (rows - growing) * window;
}

}  // namespace

OpCost op_cost(const Graph& graph, const Weights& weights, const Op& op, const StepShape& step) {
  const int64_t rows = step.rows(op.rows);
  const int64_t input = rows * op.k * kActivation;
  const int64_t output = rows * op.n * kActivation;
  const auto weight_bytes = [&](WeightId id) -> int64_t {
    if (id == kNoWeight) return 0;
    const TensorView& view = weights.view(id);  // Its bytes may be absent: shapes are enough for a cost.
    return view.rows * static_cast<int64_t>(row_bytes(view.type, static_cast<uint64_t>(view.columns)));
  };
  switch (op.kind) {
    case OpKind::kEmbed: {
      const TensorView& table = weights.view(op.weight);
      return {
          rows * static_cast<int64_t>(row_bytes(table.type, static_cast<uint64_t>(table.columns))) + output,
          0};
    }
    case OpKind::kNorm:
    case OpKind::kHeadNorm:
      return {input + output + weight_bytes(op.weight), 4 * rows * op.n};
    case OpKind::kMatmul:
      return {input + output + weight_bytes(op.weight) + weight_bytes(op.bias), 2 * rows * op.k * op.n};
    case OpKind::kRope:
      return {input + output, 3 * rows * op.n};
    case OpKind::kKvAppend:
      return {2 * (input + rows * op.n * kKvElement), 0};
    case OpKind::kSelect:
      return {input + output, 0};
    case OpKind::kAttention: {
      const int64_t context = step.position + step.tokens;
      const int64_t window = op.local ? graph.shape.window : context;
      const int64_t read = std::min(context, rows - 1 + window);
      const int64_t cache = 2 * read * graph.shape.kv_width() * kKvElement;
      return {input + output + cache, 4 * attended_keys(step, rows, window) * op.n};
    }
    case OpKind::kSwiglu:
      return {2 * input + output, 4 * rows * op.n};
    case OpKind::kGeglu:
      return {2 * input + output, 10 * rows * op.n};
    case OpKind::kSoftcap:
      return {input + output, 6 * rows * op.n};
    case OpKind::kAdd:
      return {2 * input + output, rows * op.n};
  }
  return {};
}

std::string op_shape_text(const Op& op, const StepShape& step) {
  const std::string rows = std::to_string(step.rows(op.rows));
  const std::string n = std::to_string(op.n);
  if (op.kind != OpKind::kMatmul) return "[" + rows + ", " + n + "]";
  const std::string k = std::to_string(op.k);
  return "[" + rows + ", " + k + "] × [" + n + ", " + k + "]";
}

}  // namespace tandem
