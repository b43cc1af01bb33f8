#include "plan/chain.h"

#include <algorithm>
#include <limits>

namespace tandem {
namespace {

// Labels that are kept behind each op. Segments of real models need fewer than ten.
constexpr size_t kMostLabels = 96;
constexpr double kNever = -std::numeric_limits<double>::infinity();

// A partial solution: how far both lanes are behind some op. Times count from the segment's begin.
struct Label {
  double primary = 0, npu = 0;  // When each lane is done with what it has.
  // Results of the other lane up to this time have been waited for.
  double primary_knows = 0, npu_knows = -1;
  double weighted_busy = 0;
  double primary_busy = 0, npu_busy = 0;
  int32_t parent = -1, choice = 0;
};

// When each op's output is complete, by lane; never where the lane has no part. The labels' columns.
struct Done {
  double primary = kNever, npu = kNever;
};

class Solver {
 public:
  Solver(const Segment& segment, const std::vector<std::vector<LaneTimes>>& options, const ChainCosts& costs)
      : segment_(segment), options_(options), costs_(costs), last_use_(segment.ops.size(), 0) {
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      for (const int32_t input : segment.ops[i].inputs) {
        if (input >= 0) last_use_[static_cast<size_t>(input)] = i;
      }
    }
  }

  SegmentSolution solve() {
    levels_.assign(1, {Label{}});
    done_.assign(segment_.ops.size(), Done{});
    for (size_t i = 0; i < segment_.ops.size(); ++i) extend(i);
    return trace_back();
  }

 private:
  // Runs op i of a label's lanes with these times; `sync` gets what its waits cost whom.
  Label advance(const Label& from, std::span<const Done> done, size_t i, const LaneTimes& times, Done& out,
                std::vector<double>* sync) const {
    const SegmentOp& op = segment_.ops[i];
    Label to = from;
    if (times.npu_us > 0) {
      // What an earlier segment computed is complete at 0, and the NPU has yet to hear of it.
      double ready = kNever;
      for (const int32_t input : op.inputs)
        ready = std::max(ready, input < 0 ? 0 : done[static_cast<size_t>(input)].primary);
      double start = from.npu;
      if (ready > from.npu_knows) {
        start = std::max(start, ready + costs_.join_us);
        to.npu_knows = ready;
        if (sync != nullptr) (*sync)[i] += costs_.join_us;
      }
      to.npu = start + times.npu_us;
      to.npu_busy += times.npu_us;
      out.npu = to.npu;
    }
    if (times.primary_us > 0) {
      double start = from.primary;
      for (const int32_t input : op.inputs) {
        if (input < 0) continue;
        const double other = done[static_cast<size_t>(input)].npu;
        if (other <= to.primary_knows) continue;
        start = std::max(start, other + costs_.join_us + costs_.restart_us);
        to.primary_knows = other;
        if (sync != nullptr) (*sync)[static_cast<size_t>(input)] += costs_.join_us;
      }
      to.primary = start + std::max(times.primary_us, costs_.submit_us);
      to.primary_busy += times.primary_us;
      out.primary = to.primary;
    }
    to.weighted_busy += costs_.primary_weight * times.primary_us + costs_.npu_weight * times.npu_us;
    return to;
  }

  [[nodiscard]] double elapsed(const Label& label) const {
    const bool pending = label.npu > label.primary_knows && label.npu > 0;
    return pending ? std::max(label.primary, label.npu + costs_.join_us) : label.primary;
  }
  [[nodiscard]] double score(const Label& label) const {
    return costs_.elapsed_weight * elapsed(label) + label.weighted_busy;
  }

  void extend(size_t i) {
    const std::vector<LaneTimes>& options = options_[static_cast<size_t>(segment_.ops[i].op_class)];
    const std::vector<Label>& before = levels_.back();
    const size_t width = segment_.ops.size();
    std::vector<Label> made;
    std::vector<Done> made_done;
    for (size_t label = 0; label < before.size(); ++label) {
      const std::span<const Done> done(done_.data() + label * width, width);
      for (size_t choice = 0; choice < options.size(); ++choice) {
        Done out;
        Label next = advance(before[label], done, i, options[choice], out, nullptr);
        next.parent = static_cast<int32_t>(label);
        next.choice = static_cast<int32_t>(choice);
        made.push_back(next);
        made_done.insert(made_done.end(), done.begin(), done.end());
        made_done[made_done.size() - width + i] = out;
      }
    }
    keep_best(i, made, made_done);
  }

  // True where nothing that follows op i can make b better than a.
  [[nodiscard]] bool dominates(const Label& a, std::span<const Done> done_a, const Label& b,
                               std::span<const Done> done_b, size_t i) const {
    if (a.primary > b.primary || a.npu > b.npu || a.weighted_busy > b.weighted_busy) return false;
    for (size_t op = 0; op <= i; ++op) {
      if (last_use_[op] <= i && !(i + 1 == segment_.ops.size() && op == i)) continue;
      const double pending_a = done_a[op].npu > a.primary_knows ? done_a[op].npu : kNever;
      const double pending_b = done_b[op].npu > b.primary_knows ? done_b[op].npu : kNever;
      if (pending_a > pending_b) return false;
      const double unheard_a = done_a[op].primary > a.npu_knows ? done_a[op].primary : kNever;
      const double unheard_b = done_b[op].primary > b.npu_knows ? done_b[op].primary : kNever;
      if (unheard_a > unheard_b) return false;
    }
    // The NPU may not have heard of what an earlier segment left.
    return a.npu_knows >= 0 || b.npu_knows < 0;
  }

  void keep_best(size_t i, std::vector<Label>& made, const std::vector<Done>& made_done) {
    const size_t width = segment_.ops.size();
    std::vector<int32_t> order(made.size());
    for (size_t at = 0; at < order.size(); ++at) order[at] = static_cast<int32_t>(at);
    std::ranges::stable_sort(order, {}, [&](int32_t at) { return score(made[static_cast<size_t>(at)]); });
    std::vector<Label> kept;
    std::vector<Done> kept_done;
    for (const int32_t at : order) {
      if (kept.size() == kMostLabels) break;
      const std::span<const Done> done(made_done.data() + static_cast<size_t>(at) * width, width);
      const Label& label = made[static_cast<size_t>(at)];
      bool beaten = false;
      for (size_t other = 0; other < kept.size() && !beaten; ++other) {
        beaten = dominates(kept[other], {kept_done.data() + other * width, width}, label, done, i);
      }
      if (beaten) continue;
      kept.push_back(label);
      kept_done.insert(kept_done.end(), done.begin(), done.end());
    }
    levels_.push_back(std::move(kept));
    done_ = std::move(kept_done);
  }

  SegmentSolution trace_back() const {
    const size_t ops = segment_.ops.size();
    SegmentSolution solution{std::vector<int32_t>(ops), std::vector<double>(ops, 0.0)};
    // Labels are sorted: the first of the last level is the best.
    int32_t at = 0;
    for (size_t i = ops; i-- > 0;) {
      const Label& label = levels_[i + 1][static_cast<size_t>(at)];
      solution.choice[i] = label.choice;
      at = label.parent;
    }
    Label label;
    std::vector<Done> done(ops);
    for (size_t i = 0; i < ops; ++i) {
      const auto& options = options_[static_cast<size_t>(segment_.ops[i].op_class)];
      Done out;
      label =
          advance(label, done, i, options[static_cast<size_t>(solution.choice[i])], out, &solution.sync_us);
      done[i] = out;
    }
    solution.elapsed_us = elapsed(label);
    solution.primary_busy_us = label.primary_busy;
    solution.npu_busy_us = label.npu_busy;
    return solution;
  }

  const Segment& segment_;
  const std::vector<std::vector<LaneTimes>>& options_;
  const ChainCosts& costs_;
  std::vector<size_t> last_use_;            // Of each op's output.
  std::vector<std::vector<Label>> levels_;  // Behind each op; the first is the start.
  std::vector<Done> done_;                  // Of the last level: [labels, ops]
};

}  // namespace

SegmentSolution solve_segment(const Segment& segment, const std::vector<std::vector<LaneTimes>>& options,
                              const ChainCosts& costs) {
  return Solver(segment, options, costs).solve();
}

}  // namespace tandem
