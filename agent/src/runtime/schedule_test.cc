// Schedules of random plans against a brute-force look at every pair of parts that touch the same memory.
#include "runtime/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "gguf/testing.h"
#include "model/testing.h"
#include "processor/activation_pool.h"
#include "runtime/plan_testing.h"

namespace tandem {
namespace {

using testing_model::TinyModel;
using testing_plan::RandomPlans;

Graph graph_of(const TinyModel& model) {
  const std::string bytes = testing_model::tiny_model_bytes(model);
  const auto file = GgufFile::parse(testing_gguf::as_bytes(bytes));
  const auto shape = read_hyper_parameters(*file);
  return build_graph(*shape, find_weights(*file, *shape).value(), InPlace::kResidual);
}

// Elements [begin, end) of a slot.
struct Access {
  int32_t slot = 0;
  int64_t begin = 0, end = 0;
  bool writes = false;
  bool padding = false;  // Rows behind the value.
  ValueId value = kNoValue;
};

std::vector<Access> accesses(const Graph& graph, const Part& part, const StepShape& step) {
  const Op& op = graph.ops[static_cast<size_t>(part.op)];
  std::vector<Access> all;
  const auto value = [&](ValueId id) { return graph.values[static_cast<size_t>(id)]; };
  for (const ValueId input : op.inputs) {
    if (input == kNoValue) continue;
    const int64_t width = value(input).width;
    const int64_t rows = step.rows(value(input).rows);
    if (op.kind == OpKind::kMatmul) {  // Its inputs are dense.
      all.push_back({value(input).slot, part.first_token * width,
                     (part.first_token + part.padded_tokens) * width, false, false, input});
    } else {
      all.push_back({value(input).slot, 0, rows * width, false, false, input});
    }
  }
  if (op.output == kNoValue) return all;
  const int32_t slot = value(op.output).slot;
  const int64_t m = step.rows(op.rows);
  const int64_t last = part.first_token + part.padded_tokens;
  if (part.output_split == 0) {
    const int64_t live = (part.first_token + part.tokens) * op.n;
    all.push_back({slot, part.first_token * op.n, live, true, false, op.output});
    if (last * op.n > live) all.push_back({slot, live, last * op.n, true, true, op.output});
    return all;
  }
  const bool second = part.first_row >= part.output_split;
  const int64_t base = second ? m * part.output_split : 0;
  const int64_t width = second ? op.n - part.output_split : part.output_split;
  const int64_t live = base + (part.first_token + part.tokens) * width;
  all.push_back({slot, base + part.first_token * width, live, true, false, op.output});
  if (base + last * width > live) all.push_back({slot, live, base + last * width, true, true, op.output});
  return all;
}

bool overlap(const Access& a, const Access& b) {
  return a.slot == b.slot && a.begin < b.end && b.begin < a.end && (a.writes || b.writes);
}

// One schedule with what the checks ask of it.
struct Checked {
  const Graph& graph;
  const StepShape& step;
  Schedule schedule;
  // Of each part: its batch, and how many parts of the other lane are complete when it begins.
  std::array<std::vector<uint32_t>, kLanes> batch_of, reach;

  Checked(const Graph& of_graph, const Plan& plan, const StepShape& of_step)
      : graph(of_graph), step(of_step), schedule(make_schedule(graph, plan, step)) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      uint32_t waited = 0;
      uint32_t next = 0;
      for (uint32_t b = 0; b < schedule.batches[lane].size(); ++b) {
        const ScheduledBatch& batch = schedule.batches[lane][b];
        EXPECT_EQ(batch.first, next) << "batches cover the parts";
        EXPECT_GT(batch.count, 0U);
        next += batch.count;
        if (batch.wait_for > 0) {
          const ScheduledBatch& awaited = schedule.batches[1 - lane].at(batch.wait_for - 1);
          EXPECT_TRUE(awaited.signals);
          EXPECT_GT(awaited.first + awaited.count, waited) << "an earlier wait implies this one";
          waited = awaited.first + awaited.count;
        }
        for (uint32_t i = 0; i < batch.count; ++i) {
          batch_of[lane].push_back(b);
          reach[lane].push_back(waited);
        }
      }
      EXPECT_EQ(next, schedule.parts[lane].size());
      EXPECT_TRUE(next == 0 || schedule.batches[lane].back().signals);
    }
  }

  const Part& part(size_t lane, size_t i) const { return schedule.parts[lane][i]; }
};

void expect_every_element_once(const Checked& checked) {
  std::map<OpId, std::map<std::pair<int64_t, int64_t>, int>> written;  // By op: corner -> parts.
  std::map<OpId, int64_t> elements;
  for (const auto& lane : checked.schedule.parts) {
    for (const Part& part : lane) {
      EXPECT_GE(part.padded_tokens, part.tokens);
      elements[part.op] += part.rows * part.tokens;
      EXPECT_EQ(++written[part.op][std::pair(part.first_row, part.first_token)], 1);
    }
  }
  for (size_t id = 0; id < checked.graph.ops.size(); ++id) {
    const Op& op = checked.graph.ops[id];
    EXPECT_EQ(elements[static_cast<OpId>(id)], op.n * checked.step.rows(op.rows)) << op.name;
  }
}

void expect_layouts_agree(const Checked& checked) {
  std::map<ValueId, Split> splits;
  for (const auto& lane : checked.schedule.parts) {
    for (const Part& part : lane) {
      const Op& op = checked.graph.ops[static_cast<size_t>(part.op)];
      if (op.output == kNoValue) continue;
      const auto [at, fresh] = splits.emplace(op.output, part.output_split);
      EXPECT_TRUE(fresh || at->second == part.output_split) << op.name;
    }
  }
  for (const auto& lane : checked.schedule.parts) {
    for (const Part& part : lane) {
      const Op& op = checked.graph.ops[static_cast<size_t>(part.op)];
      for (size_t i = 0; i < op.inputs.size(); ++i) {
        if (op.inputs[i] == kNoValue) continue;
        EXPECT_EQ(part.input_split[i], splits.at(op.inputs[i])) << op.name;
        const bool dense = op.kind == OpKind::kMatmul || (op.kind == OpKind::kAdd && i == 0);
        EXPECT_TRUE(!dense || part.input_split[i] == 0) << op.name << " reads a split value";
      }
    }
  }
}

// Parts that touch the same memory run in the order of the graph, those of one op touch different memory, and
// no wait is without such a pair. Padded rows stay inside the slot.
void expect_order(const Checked& checked, const ActivationPool& pool) {
  std::array<std::vector<std::vector<Access>>, kLanes> touched;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    for (const Part& part : checked.schedule.parts[lane]) {
      touched[lane].push_back(accesses(checked.graph, part, checked.step));
      for (const Access& access : touched[lane].back()) {
        EXPECT_LE(access.end * 4, static_cast<int64_t>(pool.slot(access.slot).bytes().size()));
      }
    }
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const size_t other = 1 - lane;
    for (size_t a = 0; a < touched[lane].size(); ++a) {
      for (size_t b = 0; b < touched[other].size(); ++b) {
        const OpId first = checked.part(other, b).op;
        const OpId second = checked.part(lane, a).op;
        if (first > second) break;
        for (const Access& x : touched[lane][a]) {
          for (const Access& y : touched[other][b]) {
            if (!overlap(x, y)) continue;
            ASSERT_NE(first, second) << "both lanes write the same of " << checked.graph.ops[first].name;
            ASSERT_LT(b, checked.reach[lane][a])
                << checked.graph.ops[second].name << " does not wait for " << checked.graph.ops[first].name;
          }
        }
      }
    }
    for (const ScheduledBatch& batch : checked.schedule.batches[lane]) {
      if (batch.wait_for == 0) continue;
      const ScheduledBatch& awaited = checked.schedule.batches[other][batch.wait_for - 1];
      bool needed = false;
      for (const Access& x : touched[lane][batch.first]) {
        for (const Access& y : touched[other][awaited.first + awaited.count - 1])
          needed |= x.slot == y.slot && (x.writes || y.writes);
      }
      EXPECT_TRUE(needed) << "a wait without a reason";
    }
  }
}

TEST(Schedule, OrdersWhatTouchesTheSameMemoryAndNothingElse) {
  RandomPlans random(1);
  int64_t joins = 0;
  for (int i = 0; i < 120; ++i) {
    const Family family = kFamilies[static_cast<size_t>(i) % kFamilies.size()];
    const Graph graph = graph_of({.family = family,
                                  .layers = random.number(1, 4),
                                  .embedding = 64,
                                  .feed_forward = 96,
                                  .heads = 2,
                                  .kv_heads = 1,
                                  .head_dim = 32});
    const Plan plan = random.plan(graph, random.number(1, 300));
    const PoolRows rows = pool_rows(graph, plan, 3);
    const auto pool = ActivationPool::create(graph, rows.tokens, rows.logit_rows);
    ASSERT_TRUE(pool.ok());
    for (int s = 0; s < 6; ++s) {
      StepShape step;
      step.tokens = s == 0 ? 1 : random.number(1, plan.max_tokens());
      step.logit_rows = s == 0 ? 1 : random.number(0, std::min<int64_t>(step.tokens, 3));
      const Checked checked(graph, plan, step);
      expect_every_element_once(checked);
      expect_layouts_agree(checked);
      expect_order(checked, *pool);
      joins += checked.schedule.joins;
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(joins, 1000) << "the plans share something";
}

TEST(Schedule, OfThePrimaryAloneIsOneBatch) {
  const Graph graph = graph_of({});
  const Plan plan = RandomPlans(1).uniform(graph, 64, Strategy::kCpu);
  const Schedule schedule = make_schedule(graph, plan, {.tokens = 40, .logit_rows = 1});
  EXPECT_EQ(schedule.parts[0].size(), graph.ops.size());
  EXPECT_EQ(schedule.batches[0].size(), 1U);
  EXPECT_TRUE(schedule.parts[1].empty());
  EXPECT_EQ(schedule.joins, 1);
}

// Both halves of a weight split run at once: nothing of one waits for the other.
TEST(Schedule, LetsBothHalvesRunAtOnce) {
  const Graph graph = graph_of({.layers = 1});
  const Plan plan = RandomPlans(1).uniform(graph, 1, Strategy::kWeight);
  const Schedule schedule = make_schedule(graph, plan, {.tokens = 1, .logit_rows = 1});
  const Checked checked(graph, plan, {.tokens = 1, .logit_rows = 1});
  for (size_t i = 0; i < schedule.parts[0].size(); ++i) {
    const Part& mine = schedule.parts[0][i];
    for (size_t j = 0; j < schedule.parts[1].size(); ++j) {
      if (schedule.parts[1][j].op != mine.op) continue;
      EXPECT_LE(checked.reach[0][i], j) << graph.ops[static_cast<size_t>(mine.op)].name;
      EXPECT_LE(checked.reach[1][j], i) << graph.ops[static_cast<size_t>(mine.op)].name;
    }
  }
}

TEST(Schedule, PreparesEveryPartThatAStepCanAskFor) {
  RandomPlans random(2);
  const Graph graph = graph_of({.layers = 2});
  const Plan plan = random.plan(graph, 200);
  for (const Lane lane : {Lane::kPrimary, Lane::kNpu}) {
    const std::vector<Part> prepared = parts_to_prepare(graph, plan, lane, 2);
    for (int64_t tokens = 1; tokens <= 200; ++tokens) {
      for (const int64_t logit_rows : {0, 1, 2}) {
        if (logit_rows > tokens) continue;
        const Schedule schedule = make_schedule(graph, plan, {.tokens = tokens, .logit_rows = logit_rows});
        for (const Part& part : schedule.parts[lane_index(lane)]) {
          EXPECT_TRUE(std::any_of(prepared.begin(), prepared.end(), [&](const Part& other) {
            return other.op == part.op && other.first_row == part.first_row && other.rows == part.rows &&
                   (lane == Lane::kPrimary || other.padded_tokens == part.padded_tokens);
          }));
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem
