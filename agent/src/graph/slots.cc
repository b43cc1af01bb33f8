#include "graph/slots.h"

#include <algorithm>
#include <deque>
#include <vector>

namespace tandem {
namespace {

// Index of the last op that reads each value; the number of ops for the logits, which outlive the graph.
std::vector<size_t> last_uses(const Graph& graph) {
  std::vector<size_t> last(graph.values.size(), 0);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    for (const ValueId input : graph.ops[i].inputs) {
      if (input != kNoValue) last[static_cast<size_t>(input)] = i;
    }
  }
  if (graph.logits != kNoValue) last[static_cast<size_t>(graph.logits)] = graph.ops.size();
  return last;
}

// What the logits are before they are capped in place; kNoValue where they are not.
ValueId uncapped_logits(const Graph& graph) {
  if (graph.ops.empty() || graph.ops.back().kind != OpKind::kSoftcap) return kNoValue;
  return graph.ops.back().inputs[0];
}

// Ops for which a slot rests before it is used again where two processors run: one of them would have to
// wait until the other has read what was there, though nothing else ties them.
constexpr size_t kRest = 3;

class SlotPool {
 public:
  // The free slot that grows least, of these the narrowest; a new one when none is free.
  int32_t take(int64_t width) {
    int32_t best = -1;
    int64_t best_cost = 0;
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (!free_[i]) continue;
      const int64_t cost = width > widths_[i] ? width - widths_[i] : 0;
      const bool narrower = best >= 0 && cost == best_cost && widths_[i] < widths_[static_cast<size_t>(best)];
      if (best < 0 || cost < best_cost || narrower) best = static_cast<int32_t>(i), best_cost = cost;
    }
    if (best < 0) {
      best = static_cast<int32_t>(widths_.size());
      widths_.push_back(0);
      free_.push_back(true);
    }
    free_[static_cast<size_t>(best)] = false;
    widths_[static_cast<size_t>(best)] = std::max(widths_[static_cast<size_t>(best)], width);
    return best;
  }

  // It can be had from op `at` on.
  void give_back(int32_t slot, size_t at) { resting_.push_back({slot, at}); }
  void wake(size_t op) {
    while (!resting_.empty() && resting_.front().until <= op) {
      free_[static_cast<size_t>(resting_.front().slot)] = true;
      resting_.pop_front();
    }
  }
  [[nodiscard]] std::vector<int64_t> widths() && { return std::move(widths_); }

 private:
  struct Resting {
    int32_t slot;
    size_t until;
  };
  std::vector<int64_t> widths_;
  std::vector<bool> free_;
  std::deque<Resting> resting_;
};

}  // namespace

bool may_run_in_place(OpKind kind, InPlace in_place) {
  if (in_place == InPlace::kResidual) return kind == OpKind::kAdd;
  return kind == OpKind::kRope || kind == OpKind::kHeadNorm || kind == OpKind::kSwiglu ||
         kind == OpKind::kGeglu || kind == OpKind::kAdd;
}

void assign_slots(Graph& graph, InPlace in_place) {
  const std::vector<size_t> last = last_uses(graph);
  SlotPool pool;
  const auto value = [&graph](ValueId id) -> Value& { return graph.values[static_cast<size_t>(id)]; };
  const size_t rest = in_place == InPlace::kResidual ? kRest : 0;
  // As wide as the vocabulary: a slot for all tokens of a step would be larger than all others together.
  const ValueId uncapped = uncapped_logits(graph);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    pool.wake(i);
    Op& op = graph.ops[i];
    const auto dies_here = [&](ValueId id) { return id != kNoValue && last[static_cast<size_t>(id)] == i; };
    bool taken_over = false;
    if (op.output != kNoValue && op.output != graph.logits && op.output != uncapped) {
      taken_over = may_run_in_place(op.kind, in_place) && dies_here(op.inputs[0]);
      value(op.output).slot = taken_over ? value(op.inputs[0]).slot : pool.take(value(op.output).width);
    }
    for (size_t input = 0; input < op.inputs.size(); ++input) {
      const bool repeated = input == 1 && op.inputs[1] == op.inputs[0];
      if (repeated || op.inputs[input] == uncapped || !dies_here(op.inputs[input]) ||
          (input == 0 && taken_over))
        continue;
      pool.give_back(value(op.inputs[input]).slot, i + 1 + rest);
    }
  }
  graph.slot_widths = std::move(pool).widths();
  if (graph.logits != kNoValue) {
    value(graph.logits).slot = static_cast<int32_t>(graph.slot_widths.size());
    if (uncapped != kNoValue) value(uncapped).slot = value(graph.logits).slot;
    graph.slot_widths.push_back(value(graph.logits).width);
  }
}

}  // namespace tandem
