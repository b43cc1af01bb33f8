#include "verify/tasks.h"

#include <map>
#include <tuple>

namespace tandem {
namespace {

using Key = std::tuple<OpKind, int64_t, int64_t, int64_t, int64_t, bool, bool>;

Key key_of(const Weights& weights, const Op& op) {
  const int64_t type = op.weight == kNoWeight ? -1 : static_cast<int64_t>(weights.view(op.weight).type);
  return {op.kind, op.n, op.k, op.heads, type, op.bias != kNoWeight, op.local};
}

// What writes the keys and values that this attention reads.
void prepend_append(const Graph& graph, VerifyTask& task) {
  const int32_t layer = graph.ops[static_cast<size_t>(task.ops.front())].layer;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    if (graph.ops[i].kind == OpKind::kKvAppend && graph.ops[i].layer == layer)
      task.ops.insert(task.ops.begin(), static_cast<OpId>(i));
  }
}

}  // namespace

std::vector<VerifyTask> verify_tasks(const Graph& graph, const Weights& weights) {
  std::vector<VerifyTask> tasks;
  std::map<Key, size_t> known;
  // The last layer's ops are like the others', but on few rows: those on all rows come first.
  for (const Rows rows : {Rows::kTokens, Rows::kLogits}) {
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      const Op& op = graph.ops[i];
      if (op.kind == OpKind::kKvAppend || op.rows != rows) continue;
      const auto [found, is_new] = known.emplace(key_of(weights, op), tasks.size());
      if (is_new) {
        tasks.push_back({.ops = {static_cast<OpId>(i)}});
        if (op.kind == OpKind::kAttention) prepend_append(graph, tasks.back());
      } else {
        ++tasks[found->second].stands_for;
      }
    }
  }
  return tasks;
}

}  // namespace tandem
