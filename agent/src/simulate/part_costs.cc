#include "simulate/part_costs.h"

#include "graph/cost.h"

namespace tandem {
namespace {

constexpr int64_t kActivationBytes = sizeof(float);

int64_t number(auto value) { return static_cast<int64_t>(value); }

}  // namespace

MatmulWork PartCosts::work(const Part& part) const {
  return {part.padded_tokens, part.rows, op(part).k, weights_.view(op(part).weight).type};
}

double PartCosts::us(Lane lane, const Part& part, const StepShape& step) {
  const Op& of = op(part);
  if (of.kind == OpKind::kMatmul) {
    const MatmulWork todo = work(part);
    const auto [at, is_new] =
        known_.try_emplace({number(lane), number(of.kind), todo.m, todo.n, todo.k, number(todo.type)});
    if (is_new) at->second = costs_.matmul(processor(lane), todo).us;
    return at->second;
  }
  const OpCost cost = op_cost(graph_, weights_, of, step);
  const auto [at, is_new] = known_.try_emplace({number(lane), number(of.kind), cost.bytes, cost.flops, 0, 0});
  if (is_new) at->second = costs_.other(processor(lane), of.kind, cost.bytes, cost.flops).us;
  return at->second;
}

double PartCosts::bytes(const Part& part, const StepShape& step) const {
  const Op& of = op(part);
  if (of.kind != OpKind::kMatmul) return static_cast<double>(op_cost(graph_, weights_, of, step).bytes);
  const TensorType type = weights_.view(of.weight).type;
  const auto row = static_cast<int64_t>(row_bytes(type, static_cast<uint64_t>(of.k)));
  return static_cast<double>(part.rows * row + part.padded_tokens * (of.k + part.rows) * kActivationBytes);
}

double PartCosts::slowdown(Lane lane, const Part& own, const Part& others) {
  if (op(own).kind != OpKind::kMatmul || op(others).kind != OpKind::kMatmul) return 1.0;
  const MatmulWork mine = work(own), theirs = work(others);
  const auto [at, is_new] = slowdowns_.try_emplace({number(lane), mine.m, mine.n, mine.k, number(mine.type),
                                                    theirs.m, theirs.n, theirs.k, number(theirs.type)});
  if (is_new) at->second = costs_.slowdown_together(processor(lane), mine, theirs);
  return at->second;
}

}  // namespace tandem
