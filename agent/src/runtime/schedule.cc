#include "runtime/schedule.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "runtime/place_parts.h"

namespace tandem {
namespace {

// Numbers of parts of a lane, from its begin, that must be complete.
using Reach = std::array<uint32_t, kLanes>;

void raise(Reach& to, const Reach& by) {
  for (size_t lane = 0; lane < kLanes; ++lane) to[lane] = std::max(to[lane], by[lane]);
}

// Which parts of each lane wrote each value and used each slot so far.
class Dependencies {
 public:
  explicit Dependencies(const Graph& graph)
      : graph_(graph), written_(graph.values.size()), used_(graph.slot_widths.size()) {}

  // What must be complete before a part of `op` begins: the writers of what it reads, and whatever used the
  // output's memory for other values.
  [[nodiscard]] Reach before(const Op& op) const {
    Reach reach{};
    for (const ValueId input : op.inputs) {
      if (input != kNoValue) raise(reach, written_[static_cast<size_t>(input)]);
    }
    if (op.output != kNoValue) raise(reach, used_[slot(op.output)]);
    return reach;
  }

  // All parts of the op were added; each lane has `parts` of them by now, and those in `lanes` took part.
  void done(const Op& op, const Reach& parts, const std::array<bool, kLanes>& lanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (!lanes[lane]) continue;
      for (const ValueId input : op.inputs) {
        if (input != kNoValue) used_[slot(input)][lane] = parts[lane];
      }
      if (op.output == kNoValue) continue;
      used_[slot(op.output)][lane] = parts[lane];
      written_[static_cast<size_t>(op.output)][lane] = parts[lane];
    }
  }

 private:
  [[nodiscard]] size_t slot(ValueId id) const {
    return static_cast<size_t>(graph_.values[static_cast<size_t>(id)].slot);
  }

  const Graph& graph_;
  std::vector<Reach> written_;  // By value.
  std::vector<Reach> used_;     // By slot.
};

// The other lane's parts that each part waits for, where an earlier part of its lane did not already.
using Waits = std::array<std::vector<uint32_t>, kLanes>;

// Batches are cut where a part waits and behind every part that is waited for.
void cut_batches(const Waits& waits, Schedule& schedule) {
  std::array<std::set<uint32_t>, kLanes> awaited;  // Numbers of parts behind which a batch ends.
  std::array<std::set<uint32_t>, kLanes> cuts;     // Indices of parts at which a batch begins.
  for (size_t lane = 0; lane < kLanes; ++lane) {
    for (uint32_t part = 0; part < waits[lane].size(); ++part) {
      if (waits[lane][part] == 0) continue;
      cuts[lane].insert(part);
      awaited[1 - lane].insert(waits[lane][part]);
      cuts[1 - lane].insert(waits[lane][part]);
    }
    cuts[lane].insert(0);
  }
  std::array<std::vector<uint32_t>, kLanes> ends;  // Number of parts up to each batch's end.
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const auto parts = static_cast<uint32_t>(schedule.parts[lane].size());
    cuts[lane].insert(parts);
    for (auto cut = cuts[lane].begin(); *cut < parts; ++cut) {
      const uint32_t end = *std::next(cut);
      schedule.batches[lane].push_back(
          {.first = *cut, .count = end - *cut, .signals = end == parts || awaited[lane].contains(end)});
      ends[lane].push_back(end);
    }
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    for (ScheduledBatch& batch : schedule.batches[lane]) {
      const uint32_t part = waits[lane][batch.first];
      if (part == 0) continue;
      const auto end = std::lower_bound(ends[1 - lane].begin(), ends[1 - lane].end(), part);
      batch.wait_for = static_cast<uint32_t>(end - ends[1 - lane].begin()) + 1;
      ++schedule.joins;
    }
  }
  ++schedule.joins;
}

// All of it on the primary, whatever the plan says of other steps.
Candidate on_primary(const Plan& plan, const Candidate& planned) {
  if (planned.npu_rows == 0) return planned;
  Candidate candidate;
  candidate.strategy = plan.primary == ProcessorKind::kCpu ? Strategy::kCpu : Strategy::kGpu;
  return candidate;
}

}  // namespace

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

Schedule make_schedule(const Graph& graph, const Plan& plan, const StepShape& step) {
  const LengthPlan& length = plan.at(step.tokens);
  Schedule schedule;
  Dependencies dependencies(graph);
  std::vector<Split> splits(graph.values.size(), 0);
  Waits waits;
  Reach waited{};  // How far each lane has waited for the other already.
  for (size_t id = 0; id < graph.ops.size(); ++id) {
    const Op& op = graph.ops[id];
    const int64_t rows = step.rows(op.rows);
    if (rows == 0) continue;
    const Candidate& planned = plan.placement(length, static_cast<OpId>(id)).chosen;
    const Candidate candidate = may_be_shared(op, step) ? planned : on_primary(plan, planned);
    const int64_t planned_rows = op.rows == Rows::kTokens ? length.length : 1;
    const auto lanes = place_parts(op, static_cast<OpId>(id), candidate, rows, planned_rows);
    const Reach before = dependencies.before(op);
    Reach parts{};
    for (size_t lane = 0; lane < kLanes; ++lane) {
      for (Part part : lanes[lane]) {
        for (size_t i = 0; i < op.inputs.size(); ++i) {
          if (op.inputs[i] != kNoValue) part.input_split[i] = splits[static_cast<size_t>(op.inputs[i])];
        }
        if (op.output != kNoValue) splits[static_cast<size_t>(op.output)] = part.output_split;
        const uint32_t wait = before[1 - lane] > waited[lane] ? before[1 - lane] : 0;
        waited[lane] = std::max(waited[lane], wait);
        waits[lane].push_back(wait);
        schedule.parts[lane].push_back(part);
      }
      parts[lane] = static_cast<uint32_t>(schedule.parts[lane].size());
    }
    dependencies.done(op, parts, {!lanes[0].empty(), !lanes[1].empty()});
  }
  cut_batches(waits, schedule);
  return schedule;
}

std::vector<Part> parts_to_prepare(const Graph& graph, const Plan& plan, Lane lane, int64_t max_logit_rows) {
  std::vector<Part> parts;
  // What makes two parts the same to prepare().
  std::set<std::tuple<OpId, int64_t, int64_t, int64_t>> known;
  const auto add = [&](const Op& op, OpId id, const Candidate& candidate, int64_t rows, int64_t length) {
    const auto lanes = place_parts(op, id, candidate, rows, length);
    for (const Part& part : lanes[lane_index(lane)]) {
      const int64_t padded = lane == Lane::kNpu ? part.padded_tokens : 0;
      if (known.emplace(id, part.first_row, part.rows, padded).second) parts.push_back(part);
    }
  };
  for (size_t at = 0; at < graph.ops.size(); ++at) {
    const Op& op = graph.ops[at];
    const auto id = static_cast<OpId>(at);
    for (const LengthPlan& length : plan.lengths) {
      const Candidate& planned = plan.placement(length, id).chosen;
      if (op.rows == Rows::kTokens) {
        for (const int64_t rows : {length.first, length.last}) add(op, id, planned, rows, length.length);
        continue;
      }
      const bool shared = op.kind == OpKind::kMatmul;
      if (shared) add(op, id, planned, 1, 1);
      if (!shared || max_logit_rows > 1) add(op, id, on_primary(plan, planned), 1, 1);
    }
  }
  return parts;
}

PoolRows pool_rows(const Graph& graph, const Plan& plan, int64_t max_logit_rows) {
  PoolRows rows{plan.max_tokens(), max_logit_rows};
  const auto slot = [&](ValueId id) { return graph.values[static_cast<size_t>(id)].slot; };
  for (const Part& part : parts_to_prepare(graph, plan, Lane::kNpu)) {
    const ValueId output = graph.ops[static_cast<size_t>(part.op)].output;
    const bool logits = slot(output) == slot(graph.logits);
    int64_t& most = logits ? rows.logit_rows : rows.tokens;
    most = std::max(most, part.first_token + part.padded_tokens);
  }
  return rows;
}

}  // namespace tandem
