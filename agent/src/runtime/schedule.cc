#include "runtime/schedule.h"

namespace tandem {

std::vector<Part> parts_on_primary(const Graph& graph, Strategy strategy, const StepShape& step) {
  std::vector<Part> parts;
  for (size_t id = 0; id < graph.ops.size(); ++id) {
    const Op& op = graph.ops[id];
    const int64_t tokens = step.rows(op.rows);
    if (tokens == 0) continue;
    parts.push_back({.op = static_cast<OpId>(id),
                     .rows = op.n,
                     .tokens = tokens,
                     .padded_tokens = tokens,
                     .strategy = strategy});
  }
  return parts;
}

}  // namespace tandem
