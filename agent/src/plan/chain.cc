#include "plan/chain.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tandem {
namespace {

constexpr double kSame = 1e-9;
constexpr double kNever = -std::numeric_limits<double>::infinity();

struct Span {
  double start = 0, end = 0;
  int32_t op = -1;
};

// A partial solution: how far both lanes are behind some op. Times count from the segment's begin.
struct Label {
  double primary = 0, npu = 0;  // When each lane is done with what it has.
  // Results of the other lane up to this time have been waited for.
  double primary_knows = 0, npu_knows = -1;
  double weighted_busy = 0;
  double primary_busy = 0, npu_busy = 0;
  // The two newest parts of each lane, the newest first: what a part of the other lane may still slow down.
  std::array<Span, 2> primary_parts, npu_parts;
  int32_t parent = -1, choice = 0;
};

// When a lane's part of an op ends, which was recorded before later parts of the other lane slowed it down.
double end_of(const std::array<Span, 2>& parts, size_t op, double recorded) {
  for (const Span& part : parts) {
    if (part.op == static_cast<int32_t>(op)) return part.end;
  }
  return recorded;
}

// When each op's output is complete, by lane; never where the lane has no part. The labels' columns.
struct Done {
  double primary = kNever, npu = kNever;
};

// The lanes themselves: what one more part does to a label.
class Lanes {
 public:
  Lanes(const Segment& segment, const Slowdowns& slowdowns, const ChainCosts& costs)
      : segment_(segment), slowdowns_(slowdowns), costs_(costs) {}

  // Places op i with these times behind what a label has. `sync` gets what its waits cost which op.
  Label advance(const Label& from, std::span<const Done> done, size_t i, const LaneTimes& times, Done& out,
                std::vector<double>* sync) const {
    Label to = from;
    if (times.npu_us > 0) add_npu(to, done, i, times.npu_us, sync);
    if (times.primary_us > 0) add_primary(to, done, i, times.primary_us, sync);
    if (times.primary_us > 0) out.primary = to.primary;
    if (times.npu_us > 0) out.npu = to.npu;
    to.primary_busy += times.primary_us;
    to.npu_busy += times.npu_us;
    to.weighted_busy += costs_.primary_weight * times.primary_us + costs_.npu_weight * times.npu_us;
    return to;
  }

  // When the primary, which has work until `free`, begins what waits for the NPU until `awaited`: a queue
  // that has run empty starts late.
  [[nodiscard]] double begin_after(double free, double awaited) const {
    const double heard = awaited + costs_.join_us;
    return free <= heard ? heard + costs_.restart_us : std::max(free, heard + costs_.submit_us);
  }

  [[nodiscard]] size_t most_labels() const { return costs_.labels; }
  [[nodiscard]] double restart_cost() const { return costs_.restart_us - costs_.submit_us; }

  [[nodiscard]] double elapsed(const Label& label) const {
    const bool pending = label.npu > label.primary_knows && label.npu > 0;
    return pending ? std::max(label.primary, label.npu + costs_.join_us) : label.primary;
  }
  [[nodiscard]] double score(const Label& label) const {
    return costs_.elapsed_weight * elapsed(label) + label.weighted_busy;
  }

 private:
  void add_npu(Label& to, std::span<const Done> done, size_t i, double us, std::vector<double>* sync) const {
    // What an earlier segment computed is complete at 0, and the NPU has yet to hear of it.
    double ready = kNever;
    for (const int32_t input : segment_.ops[i].inputs) {
      const auto at = static_cast<size_t>(input);
      ready = std::max(ready, input < 0 ? 0 : end_of(to.primary_parts, at, done[at].primary));
    }
    double start = to.npu;
    if (ready > to.npu_knows) {
      start = std::max(start, ready + costs_.join_us + costs_.submit_us);
      to.npu_knows = ready;
      if (sync != nullptr) (*sync)[i] += costs_.join_us;
    }
    append(to.npu_parts, {start, start + us, static_cast<int32_t>(i)});
    slow_down(to, 0, 0);
    slow_down(to, 1, 0);
  }

  void add_primary(Label& to, std::span<const Done> done, size_t i, double us,
                   std::vector<double>* sync) const {
    double awaited = kNever;
    for (const int32_t input : segment_.ops[i].inputs) {
      if (input < 0) continue;
      const auto at = static_cast<size_t>(input);
      const double other = end_of(to.npu_parts, at, done[at].npu);
      if (other <= to.primary_knows) continue;
      awaited = std::max(awaited, other);
      if (sync != nullptr) (*sync)[static_cast<size_t>(input)] += costs_.join_us;
    }
    const double start = begin_after(to.primary, awaited);
    to.primary_knows = std::max(to.primary_knows, awaited);
    append(to.primary_parts, {start, start + std::max(us, costs_.submit_us), static_cast<int32_t>(i)});
    slow_down(to, 0, 0);
    slow_down(to, 0, 1);
  }

  static void append(std::array<Span, 2>& parts, const Span& part) {
    parts[1] = parts[0];
    parts[0] = part;
  }

  // Parts of two ops take longer while both run; halves of one op have it in their times. What is behind
  // them on their lanes moves.
  void slow_down(Label& to, size_t primary_part, size_t npu_part) const {
    const Span one = to.primary_parts[primary_part], other = to.npu_parts[npu_part];
    const double overlap = std::min(one.end, other.end) - std::max(one.start, other.start);
    if (one.op >= 0 && other.op >= 0 && one.op != other.op && overlap > 0) {
      const Slowdowns::Factors& factors = slowdowns_.of(segment_.ops[static_cast<size_t>(one.op)].op_class,
                                                        segment_.ops[static_cast<size_t>(other.op)].op_class);
      lengthen(to.primary_parts, primary_part, overlap * (factors.primary - 1));
      lengthen(to.npu_parts, npu_part, overlap * (factors.npu - 1));
    }
    to.primary = std::max(to.primary, to.primary_parts[0].end);
    to.npu = std::max(to.npu, to.npu_parts[0].end);
  }

  static void lengthen(std::array<Span, 2>& parts, size_t part, double by) {
    parts[part].end += by;
    if (part == 1) parts[0].start += by, parts[0].end += by;
  }

  const Segment& segment_;
  const Slowdowns& slowdowns_;
  const ChainCosts& costs_;
};

class Solver {
 public:
  Solver(const Segment& segment, const std::vector<std::vector<LaneTimes>>& options, const Lanes& lanes)
      : segment_(segment), options_(options), lanes_(lanes), live_(segment.ops.size()) {
    const size_t ops = segment.ops.size();
    std::vector<size_t> last_use(ops, 0);
    for (size_t i = 0; i < ops; ++i) {
      for (const int32_t input : segment.ops[i].inputs) {
        if (input >= 0) last_use[static_cast<size_t>(input)] = i;
      }
    }
    for (size_t i = 0; i < ops; ++i) {
      for (size_t op = 0; op <= i; ++op) {
        if (last_use[op] > i) live_[i].push_back(op);
      }
    }
  }

  std::vector<int32_t> solve() {
    levels_.assign(1, {Label{}});
    done_.assign(segment_.ops.size(), Done{});
    for (size_t i = 0; i < segment_.ops.size(); ++i) extend(i);
    return trace_back();
  }

 private:
  // A label behind op i that may or may not be kept.
  struct Made {
    Label label;
    Done out;
    double score = 0;
  };

  void extend(size_t i) {
    const std::vector<LaneTimes>& options = options_[static_cast<size_t>(segment_.ops[i].op_class)];
    const std::vector<Label>& before = levels_.back();
    std::vector<Made> made;
    made.reserve(before.size() * options.size());
    for (size_t label = 0; label < before.size(); ++label) {
      for (size_t choice = 0; choice < options.size(); ++choice) {
        Done out;
        Label next = lanes_.advance(before[label], done_of(label), i, options[choice], out, nullptr);
        next.parent = static_cast<int32_t>(label);
        next.choice = static_cast<int32_t>(choice);
        made.push_back({next, out, lanes_.score(next)});
      }
    }
    keep_best(i, made);
  }

  [[nodiscard]] std::span<const Done> done_of(size_t label) const {
    return {done_.data() + label * segment_.ops.size(), segment_.ops.size()};
  }

  [[nodiscard]] static Done now(const Label& label, size_t op, const Done& recorded) {
    return {end_of(label.primary_parts, op, recorded.primary), end_of(label.npu_parts, op, recorded.npu)};
  }

  // True where nothing that follows op i can make b better than a.
  [[nodiscard]] bool dominates(const Made& a, const Made& b, size_t i) const {
    const Label& one = a.label;
    const Label& other = b.label;
    if (one.primary > other.primary || one.npu > other.npu || one.weighted_busy > other.weighted_busy)
      return false;
    // A primary that is busy a little longer may spare itself an empty queue.
    const double longer = other.primary - one.primary;
    if (i + 1 < segment_.ops.size() && longer > kSame && longer < lanes_.restart_cost()) return false;
    // The NPU may not have heard of what an earlier segment left.
    if (one.npu_knows < 0 && other.npu_knows >= 0) return false;
    const std::span<const Done> done_a = done_of(static_cast<size_t>(one.parent));
    const std::span<const Done> done_b = done_of(static_cast<size_t>(other.parent));
    for (const size_t op : live_[i]) {
      const Done left = now(one, op, op == i ? a.out : done_a[op]);
      const Done right = now(other, op, op == i ? b.out : done_b[op]);
      const double pending_a = left.npu > one.primary_knows ? left.npu : kNever;
      const double pending_b = right.npu > other.primary_knows ? right.npu : kNever;
      if (pending_a > pending_b) return false;
      if (pending_a > kNever &&
          lanes_.begin_after(one.primary, pending_a) > lanes_.begin_after(other.primary, pending_b)) {
        return false;
      }
      const double unheard_a = left.primary > one.npu_knows ? left.primary : kNever;
      const double unheard_b = right.primary > other.npu_knows ? right.primary : kNever;
      if (unheard_a > unheard_b) return false;
    }
    return true;
  }

  void keep_best(size_t i, const std::vector<Made>& made) {
    std::vector<std::pair<double, int32_t>> order(made.size());
    for (size_t at = 0; at < order.size(); ++at) order[at] = {made[at].score, static_cast<int32_t>(at)};
    std::ranges::sort(order);
    std::vector<const Made*> kept;
    for (const auto& [score, at] : order) {
      if (kept.size() == lanes_.most_labels()) break;
      const Made& label = made[static_cast<size_t>(at)];
      if (std::ranges::none_of(kept, [&](const Made* other) { return dominates(*other, label, i); })) {
        kept.push_back(&label);
      }
    }
    std::vector<Label> labels;
    std::vector<Done> done;
    for (const Made* one : kept) {
      const std::span<const Done> before = done_of(static_cast<size_t>(one->label.parent));
      labels.push_back(one->label);
      done.insert(done.end(), before.begin(), before.end());
      done[done.size() - segment_.ops.size() + i] = one->out;
    }
    levels_.push_back(std::move(labels));
    done_ = std::move(done);
  }

  [[nodiscard]] std::vector<int32_t> trace_back() const {
    std::vector<int32_t> choice(segment_.ops.size());
    // Labels are sorted: the first of the last level is the best.
    int32_t at = 0;
    for (size_t i = segment_.ops.size(); i-- > 0;) {
      const Label& label = levels_[i + 1][static_cast<size_t>(at)];
      choice[i] = label.choice;
      at = label.parent;
    }
    return choice;
  }

  const Segment& segment_;
  const std::vector<std::vector<LaneTimes>>& options_;
  const Lanes& lanes_;
  std::vector<std::vector<size_t>> live_;   // Behind each op, those whose output is still read.
  std::vector<std::vector<Label>> levels_;  // Behind each op; the first is the start.
  std::vector<Done> done_;                  // Of the last level: [labels, ops]
};

std::vector<int32_t> choose(const Segment& segment, const std::vector<std::vector<LaneTimes>>& options,
                            const Slowdowns& slowdowns, const ChainCosts& costs) {
  const Lanes lanes(segment, slowdowns, costs);
  return Solver(segment, options, lanes).solve();
}

}  // namespace

SegmentSolution solve_segment(const Segment& segment, const std::vector<std::vector<LaneTimes>>& options,
                              const Slowdowns& slowdowns, const ChainCosts& costs) {
  std::vector<int32_t> choice = choose(segment, options, slowdowns, costs);
  std::vector<LaneTimes> times;
  for (size_t i = 0; i < choice.size(); ++i) {
    times.push_back(options[static_cast<size_t>(segment.ops[i].op_class)][static_cast<size_t>(choice[i])]);
  }
  SegmentSolution solution = run_segment(segment, times, slowdowns, costs);
  solution.choice = std::move(choice);
  return solution;
}

SegmentSolution run_segment(const Segment& segment, std::span<const LaneTimes> times,
                            const Slowdowns& slowdowns, const ChainCosts& costs) {
  const Lanes lanes(segment, slowdowns, costs);
  SegmentSolution solution;
  solution.sync_us.assign(segment.ops.size(), 0.0);
  std::vector<Done> done(segment.ops.size());
  Label label;
  for (size_t i = 0; i < segment.ops.size(); ++i) {
    Done out;
    label = lanes.advance(label, done, i, times[i], out, &solution.sync_us);
    done[i] = out;
  }
  solution.elapsed_us = lanes.elapsed(label);
  solution.score = lanes.score(label);
  solution.primary_busy_us = label.primary_busy;
  solution.npu_busy_us = label.npu_busy;
  return solution;
}

}  // namespace tandem
