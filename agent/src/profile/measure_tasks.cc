#include "profile/measure_tasks.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "graph/cost.h"

namespace tandem {
namespace {

constexpr int64_t kRowStep = 32;

bool has_sample(const Profile& profile, ProcessorKind processor, const MatmulWork& work) {
  return std::ranges::any_of(profile.matmuls, [&](const MatmulSample& one) {
    return one.processor == processor && one.work.m == work.m && one.work.n == work.n &&
           one.work.k == work.k && one.work.type == work.type;
  });
}

bool is_refused(const Profile& profile, const Op& op, TensorType type) {
  return std::ranges::any_of(profile.refused, [&](const MatmulWork& one) {
    return one.n == op.n && one.k == op.k && one.type == type;
  });
}

// One op of each distinct weight shape.
std::vector<OpId> distinct_matmuls(const Graph& graph, const Weights& weights) {
  std::set<std::tuple<int64_t, int64_t, TensorType, Rows>> known;
  std::vector<OpId> ops;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    if (op.kind != OpKind::kMatmul) continue;
    // The last layer's ops have the shapes of the others, but only rows whose logits are wanted.
    const bool repeated = known.contains({op.n, op.k, weights.view(op.weight).type, Rows::kTokens});
    if (!repeated && known.emplace(op.n, op.k, weights.view(op.weight).type, op.rows).second) {
      ops.push_back(static_cast<OpId>(i));
    }
  }
  return ops;
}

}  // namespace

std::vector<MatmulTask> matmul_tasks(const MeasureRequest& request, const Profile& profile) {
  std::vector<MatmulTask> tasks;
  const std::vector<OpId> ops = distinct_matmuls(request.graph, request.weights);
  for (const int64_t part : {1, 2, 4}) {
    for (const OpId id : ops) {
      const Op& op = request.graph.ops[static_cast<size_t>(id)];
      const TensorType type = request.weights.view(op.weight).type;
      const int64_t rows = part == 1 ? op.n : op.n / part / kRowStep * kRowStep;
      if (rows == 0) continue;
      for (const bool on_npu : {false, true}) {
        if (on_npu && (request.npu == nullptr || is_refused(profile, op, type))) continue;
        const ProcessorKind processor = on_npu ? ProcessorKind::kNpu : profile.primary;
        std::vector<int64_t> lengths = request.lengths;
        if (op.rows == Rows::kLogits) lengths = {1};
        // Each of the NPU's is a graph to compile: of splits the ends of the range have to do.
        if (on_npu && part > 1 && lengths.size() > 2) lengths = {lengths.front(), lengths.back()};
        MatmulTask task{processor, id, {0, rows, op.k, type}, {}};
        for (const int64_t length : lengths) {
          if (!has_sample(profile, processor, {length, rows, op.k, type})) task.lengths.push_back(length);
        }
        if (!task.lengths.empty()) tasks.push_back(std::move(task));
      }
    }
  }
  return tasks;
}

std::vector<OtherTask> other_tasks(const MeasureRequest& request, const Profile& profile) {
  std::set<std::tuple<OpKind, int64_t, int64_t, bool>> known;
  std::vector<OtherTask> tasks;
  const auto& lengths = request.lengths;
  const std::set<int64_t> some = {lengths.front(), lengths[lengths.size() / 2], lengths.back()};
  for (size_t i = 0; i < request.graph.ops.size(); ++i) {
    const Op& op = request.graph.ops[i];
    if (op.kind == OpKind::kMatmul || !known.emplace(op.kind, op.n, op.k, op.local).second) continue;
    for (const int64_t tokens : some) {
      const OpCost cost = op_cost(request.graph, request.weights, op, step_of(tokens));
      const bool there = std::ranges::any_of(profile.others, [&](const OtherSample& one) {
        return one.kind == op.kind && one.bytes == cost.bytes && one.flops == cost.flops;
      });
      if (!there) tasks.push_back({static_cast<OpId>(i), tokens});
    }
  }
  return tasks;
}

Part part_of(const Graph& graph, OpId op, ProcessorKind processor, int64_t rows, int64_t tokens) {
  const Op& one = graph.ops[static_cast<size_t>(op)];
  const int64_t computed = one.rows == Rows::kLogits ? 1 : tokens;
  Part part{.op = op, .rows = rows, .tokens = computed, .padded_tokens = computed};
  if (rows < one.n) {
    part.first_row = processor == ProcessorKind::kNpu ? one.n - rows : 0;
    part.output_split = processor == ProcessorKind::kNpu ? one.n - rows : rows;
  }
  return part;
}

}  // namespace tandem
