#include "plan/search.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tandem {
namespace {

// Parts of the primary's time in the weighted means.
constexpr std::array<double, 7> kMeans = {0, 0.2, 0.35, 0.5, 0.65, 0.8, 1};

class Search {
 public:
  Search(const Segment& segment, std::span<const std::vector<LaneTimes>> ways, const Clock& clock,
         int64_t most_parts)
      : ops_(segment.ops.size()), ways_(ways), clock_(clock), parts_left_(most_parts), choice_(ops_, 0) {
    const auto branches =
        static_cast<size_t>(std::ranges::count_if(ways, [](const auto& some) { return some.size() > 1; }));
    rows_.assign(branches + 1, std::vector<Done>(ops_));
    children_.resize(branches);
    add_up_least();
  }

  FoundChoice run() {
    descend(0, 0, ClockState{});
    best_.proven = parts_left_ > 0;
    return std::move(best_);
  }

 private:
  struct Child {
    double bound = 0;
    int32_t choice = 0;
  };

  void add_up_least() {
    const ClockCosts& costs = clock_.costs();
    least_.assign(ops_ + 1, {});
    for (size_t op = ops_; op-- > 0;) {
      for (size_t mean = 0; mean < kMeans.size(); ++mean) {
        double least = std::numeric_limits<double>::infinity();
        const double primary = costs.elapsed_weight * kMeans[mean] + costs.primary_weight;
        const double npu = costs.elapsed_weight * (1 - kMeans[mean]) + costs.npu_weight;
        for (const LaneTimes& way : ways_[op]) {
          least = std::min(least, primary * way.primary_us + npu * way.npu_us);
        }
        least_[op][mean] = least_[op + 1][mean] + least;
      }
    }
  }

  // Of all completions of a state before op `op`.
  [[nodiscard]] double bound(const ClockState& state, size_t op) const {
    double most = 0;
    for (size_t mean = 0; mean < kMeans.size(); ++mean) {
      const double lanes = kMeans[mean] * state.primary + (1 - kMeans[mean]) * state.npu;
      most = std::max(most, clock_.costs().elapsed_weight * lanes + least_[op][mean]);
    }
    return most + clock_.weighted_busy(state);
  }

  [[nodiscard]] bool hopeless(double bound) const {
    return !best_.choice.empty() && bound >= best_.score * (1 - kSearchSlack);
  }

  // `depth`: how many ops before `op` have more than one way; rows_[depth] belongs to this call.
  void descend(size_t depth, size_t op, ClockState state) {
    std::vector<Done>& done = rows_[depth];
    for (; op < ops_ && ways_[op].size() == 1; ++op) clock_.place(state, done, op, ways_[op].front());
    if (op == ops_) return finish(state);
    if (hopeless(bound(state, op))) return;
    std::vector<Child>& children = children_[depth];
    children.clear();
    for (size_t choice = 0; choice < ways_[op].size(); ++choice) {
      ClockState next = state;
      rows_[depth + 1] = done;
      clock_.place(next, rows_[depth + 1], op, ways_[op][choice]);
      const double least = bound(next, op + 1);
      if (!hopeless(least)) children.push_back({least, static_cast<int32_t>(choice)});
    }
    parts_left_ -= static_cast<int64_t>(ways_[op].size());
    std::ranges::sort(children, {}, &Child::bound);
    for (const Child& child : children) {
      if (hopeless(child.bound) || parts_left_ <= 0) return;
      ClockState next = state;
      rows_[depth + 1] = done;
      clock_.place(next, rows_[depth + 1], op, ways_[op][static_cast<size_t>(child.choice)]);
      choice_[op] = child.choice;
      descend(depth + 1, op + 1, next);
    }
  }

  void finish(const ClockState& state) {
    const double score = clock_.score(state);
    if (!best_.choice.empty() && score >= best_.score) return;
    best_.choice = choice_;
    best_.score = score;
  }

  size_t ops_;
  std::span<const std::vector<LaneTimes>> ways_;
  const Clock& clock_;
  int64_t parts_left_;
  std::vector<std::array<double, kMeans.size()>> least_;  // Of op i and all behind it.
  std::vector<std::vector<Done>> rows_;
  std::vector<std::vector<Child>> children_;  // Of each depth.
  std::vector<int32_t> choice_;
  FoundChoice best_;
};

}  // namespace

FoundChoice search_segment(const Segment& segment, std::span<const std::vector<LaneTimes>> ways,
                           const Slowdowns& slowdowns, const ClockCosts& costs, int64_t most_parts) {
  const Clock clock(segment, slowdowns, costs);
  return Search(segment, ways, clock, most_parts).run();
}

}  // namespace tandem
