#include "plan/place.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "plan/search.h"

namespace tandem {
namespace {

constexpr int64_t kRefineParts = 5000;
constexpr int kRounds = 8;
constexpr int64_t kFarReach = 8;  // Row steps.
constexpr double kBetter = 0.9995;

}  // namespace

SegmentRun SegmentPlacer::run(const Segment& segment, const std::vector<int32_t>& choice) const {
  std::vector<LaneTimes> times;
  times.reserve(choice.size());
  for (size_t i = 0; i < choice.size(); ++i) times.push_back(option(segment.ops[i], choice[i]).lanes());
  return run_segment(segment, times, input_.slowdowns, costs_);
}

// True where a choice was found that is better than what is held.
bool SegmentPlacer::search(const Segment& segment, const Choices& choices, int64_t most_parts,
                           SegmentSolution& held) const {
  std::vector<std::vector<LaneTimes>> ways(choices.size());
  for (size_t i = 0; i < choices.size(); ++i) {
    ways[i].reserve(choices[i].size());
    for (const int32_t choice : choices[i]) ways[i].push_back(option(segment.ops[i], choice).lanes());
  }
  const FoundChoice found = search_segment(segment, ways, input_.slowdowns, costs_, most_parts);
  if (!held.choice.empty() && found.score >= held.run.score * kBetter) return false;
  held.choice.clear();
  for (size_t i = 0; i < choices.size(); ++i) {
    held.choice.push_back(choices[i][static_cast<size_t>(found.choice[i])]);
  }
  held.run = run(segment, held.choice);
  return true;
}

std::vector<int32_t> SegmentPlacer::allowed(int32_t op_class) const {
  std::vector<int32_t> some;
  const std::vector<Option>& options = options_[static_cast<size_t>(op_class)];
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i].barred == Barred::kNo) some.push_back(static_cast<int32_t>(i));
  }
  return some;
}

SegmentSolution SegmentPlacer::best_option(const Segment& segment, int64_t most_parts) const {
  Choices choices;
  for (const SegmentOp& op : segment.ops) choices.push_back(allowed(op.op_class));
  SegmentSolution found;
  static_cast<void>(search(segment, choices, most_parts, found));
  return found;
}

int32_t SegmentPlacer::index_of(int32_t op_class, const Option& option) {
  std::vector<Option>& options = options_[static_cast<size_t>(op_class)];
  const auto same = std::ranges::find_if(options, [&](const Option& other) {
    return other.set == option.set && other.npu_rows == option.npu_rows && other.strategy == option.strategy;
  });
  if (same != options.end()) return static_cast<int32_t>(same - options.begin());
  options.push_back(option);
  return static_cast<int32_t>(options.size() - 1);
}

std::vector<int32_t> SegmentPlacer::neighbours(int32_t op_class, int32_t choice, int64_t reach) {
  std::vector<int32_t> some = {choice};
  const auto id = static_cast<size_t>(op_class);
  const Option held = options_[id][static_cast<size_t>(choice)];
  if (!splits_rows(held.strategy)) return some;
  const int64_t tokens = input_.shape.classes[id].rows == Rows::kLogits ? 1 : input_.tokens;
  for (const int64_t steps : {-4 * reach, -reach, reach, 4 * reach}) {
    const std::optional<Option> moved =
        input_.makers[id]->with_rows(held, tokens, held.npu_rows + steps * input_.row_step);
    if (moved) some.push_back(index_of(op_class, *moved));
  }
  return some;
}

void SegmentPlacer::refine(const Segment& segment, SegmentSolution& held) {
  const auto split = [&](size_t i) { return splits_rows(option(segment.ops[i], held.choice[i]).strategy); };
  bool any = false;
  for (size_t i = 0; i < held.choice.size(); ++i) any |= split(i);
  if (!any) return;
  const auto climb = [&](int64_t reach) {
    for (int round = 0; round < kRounds; ++round) {
      Choices choices;
      for (size_t i = 0; i < held.choice.size(); ++i) {
        choices.push_back(neighbours(segment.ops[i].op_class, held.choice[i], reach));
      }
      if (search(segment, choices, kRefineParts, held)) continue;
      if (reach == 1) return;
      reach = reach > 2 ? 2 : 1;
    }
  };
  climb(kFarReach);
  // Once more from wherever one op placed quite differently leads, with the others near what they are.
  for (size_t i = 0; i < held.choice.size(); ++i) {
    if (!input_.makers[static_cast<size_t>(segment.ops[i].op_class)]) continue;
    Choices choices;
    for (size_t other = 0; other < held.choice.size(); ++other) {
      choices.push_back(other == i ? allowed(segment.ops[i].op_class)
                                   : neighbours(segment.ops[other].op_class, held.choice[other], kFarReach));
    }
    if (search(segment, choices, kRefineParts, held)) climb(2);
  }
}

void SegmentPlacer::simplify(const Segment& segment, SegmentSolution& held,
                             const std::vector<SegmentSolution>& others, double as_good) const {
  const double limit = held.run.score * (1 + as_good);
  const auto chosen_before = [&](size_t op, int32_t choice) {
    for (size_t s = 0; s < others.size(); ++s) {
      const Segment& other = input_.shape.segments[s];
      for (size_t i = 0; i < other.ops.size(); ++i) {
        if (other.ops[i].op_class == segment.ops[op].op_class && others[s].choice[i] == choice) return true;
      }
    }
    for (size_t i = 0; i < op; ++i) {
      if (segment.ops[i].op_class == segment.ops[op].op_class && held.choice[i] == choice) return true;
    }
    return false;
  };
  for (size_t i = 0; i < held.choice.size(); ++i) {
    const SegmentOp& op = segment.ops[i];
    if (!option(op, held.choice[i]).uses_npu()) continue;
    const GraphMenu& adopted = input_.makers[static_cast<size_t>(op.op_class)]->adopted();
    const auto simple = [&](int32_t choice) {
      return has_graphs(adopted, option(op, choice)) || chosen_before(i, choice);
    };
    std::optional<std::pair<bool, SegmentSolution>> best;  // Whether it is the primary alone.
    const bool is_simple = simple(held.choice[i]);
    const auto options = static_cast<int32_t>(options_[static_cast<size_t>(op.op_class)].size());
    for (int32_t choice = 0; choice < options; ++choice) {
      const Option& other = option(op, choice);
      const bool alone = !other.uses_npu();
      if (other.barred != Barred::kNo || (best && best->first) || (!alone && (is_simple || !simple(choice))))
        continue;
      SegmentSolution tried{held.choice, {}};
      tried.choice[i] = choice;
      tried.run = run(segment, tried.choice);
      if (tried.run.score > limit) continue;
      if (alone || !best || tried.run.score < best->second.run.score) best = {alone, std::move(tried)};
    }
    if (best) held = std::move(best->second);
  }
}

}  // namespace tandem
