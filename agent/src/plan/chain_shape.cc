#include "plan/chain_shape.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tandem {
namespace {

using ClassKey = std::array<int64_t, 10>;

ClassKey class_key(const Op& op, const Weights& weights, int32_t override_index) {
  int64_t type = -1, weight_rows = 0;
  if (op.weight != kNoWeight) {
    type = static_cast<int64_t>(weights.view(op.weight).type);
    weight_rows = weights.view(op.weight).rows;
  }
  return {static_cast<int64_t>(op.kind),
          static_cast<int64_t>(op.rows),
          op.k,
          op.n,
          op.heads,
          type,
          weight_rows,
          op.bias != kNoWeight ? 1 : 0,
          op.local ? 1 : 0,
          override_index};
}

void find_classes(const Graph& graph, const Weights& weights, const std::vector<int32_t>& override_of_op,
                  ChainShape& shape) {
  std::map<ClassKey, int32_t> known;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    const auto [found, added] = known.try_emplace(class_key(op, weights, override_of_op[i]),
                                                  static_cast<int32_t>(shape.classes.size()));
    if (added) {
      OpClass made{.matmul = op.kind == OpKind::kMatmul,
                   .rows = op.rows,
                   .override_index = override_of_op[i],
                   .example = static_cast<OpId>(i)};
      if (made.matmul) made.work = {.m = 0, .n = op.n, .k = op.k, .type = weights.view(op.weight).type};
      shape.classes.push_back(made);
    }
    ++shape.classes[static_cast<size_t>(found->second)].count;
    shape.class_of_op.push_back(found->second);
  }
}

// The op that produces each value.
std::vector<int32_t> producers(const Graph& graph) {
  std::vector<int32_t> producer(graph.values.size(), -1);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    if (graph.ops[i].output != kNoValue) {
      producer[static_cast<size_t>(graph.ops[i].output)] = static_cast<int32_t>(i);
    }
  }
  return producer;
}

// For each op, the earliest op whose output a matmul behind it reads; the number of ops where none does.
std::vector<int32_t> needed_later(const Graph& graph, const std::vector<int32_t>& producer) {
  const auto ops = static_cast<int32_t>(graph.ops.size());
  std::vector<int32_t> needed(graph.ops.size(), ops);
  int32_t earliest = ops;
  for (int32_t i = ops - 1; i >= 0; --i) {
    needed[static_cast<size_t>(i)] = earliest;
    const Op& op = graph.ops[static_cast<size_t>(i)];
    if (op.kind == OpKind::kMatmul && op.inputs[0] != kNoValue) {
      earliest = std::min(earliest, producer[static_cast<size_t>(op.inputs[0])]);
    }
  }
  return needed;
}

// The last op of each segment.
std::vector<OpId> cuts(const Graph& graph, const std::vector<int32_t>& producer) {
  const std::vector<int32_t> needed = needed_later(graph, producer);
  std::vector<OpId> ends;
  std::vector<bool> waited(graph.ops.size(), false);
  int64_t pending = 0;  // Matmuls whose output no op of the primary has read yet.
  for (int32_t i = 0; i < static_cast<int32_t>(graph.ops.size()); ++i) {
    const Op& op = graph.ops[static_cast<size_t>(i)];
    if (op.kind == OpKind::kMatmul) {
      ++pending;
      continue;
    }
    for (const ValueId input : op.inputs) {
      const int32_t from = input == kNoValue ? -1 : producer[static_cast<size_t>(input)];
      if (from < 0 || graph.ops[static_cast<size_t>(from)].kind != OpKind::kMatmul) continue;
      if (!waited[static_cast<size_t>(from)]) --pending;
      waited[static_cast<size_t>(from)] = true;
    }
    if (pending == 0 && needed[static_cast<size_t>(i)] >= i) ends.push_back(i);
  }
  if (ends.empty() || ends.back() + 1 != static_cast<OpId>(graph.ops.size())) {
    ends.push_back(static_cast<OpId>(graph.ops.size()) - 1);
  }
  return ends;
}

}  // namespace

ChainShape find_chain_shape(const Graph& graph, const Weights& weights,
                            const std::vector<int32_t>& override_of_op) {
  ChainShape shape;
  if (graph.ops.empty()) return shape;
  find_classes(graph, weights, override_of_op, shape);
  const std::vector<int32_t> producer = producers(graph);
  std::map<std::vector<int32_t>, int32_t> known;
  OpId first = 0;
  for (const OpId end : cuts(graph, producer)) {
    Segment segment;
    std::vector<int32_t> key;
    for (OpId i = first; i <= end; ++i) {
      SegmentOp op{.op_class = shape.class_of_op[static_cast<size_t>(i)]};
      key.push_back(op.op_class);
      for (size_t input = 0; input < op.inputs.size(); ++input) {
        const ValueId value = graph.ops[static_cast<size_t>(i)].inputs[input];
        const int32_t from = value == kNoValue ? -1 : producer[static_cast<size_t>(value)];
        op.inputs[input] = from >= first ? from - first : -1;
        key.push_back(op.inputs[input]);
      }
      segment.ops.push_back(op);
    }
    const auto [found, added] =
        known.try_emplace(std::move(key), static_cast<int32_t>(shape.segments.size()));
    if (added) shape.segments.push_back(std::move(segment));
    ++shape.segments[static_cast<size_t>(found->second)].count;
    shape.instances.push_back({found->second, first});
    first = end + 1;
  }
  return shape;
}

}  // namespace tandem
