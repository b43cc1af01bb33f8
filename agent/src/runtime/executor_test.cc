// Two programs on one graph against the CPU alone: real parts, real splits.
#include "runtime/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <thread>

#include "base/sanitizer_testing.h"
#include "gguf/testing.h"
#include "model/testing.h"
#include "runtime/fake_npu_testing.h"
#include "runtime/plan_testing.h"
#include "runtime/reference_forward.h"

namespace tandem {
namespace {

using testing_model::TinyModel;
using testing_npu::Behaviour;
using testing_plan::RandomPlans;
using testing_sanitizer::repeats;
using testing_sanitizer::thinned;

constexpr double kBar = 5e-4;  // NMSE
constexpr int64_t kContext = 1056;

std::vector<int32_t> some_tokens(int64_t count) {
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  for (size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = static_cast<int32_t>(3 + (i * 37 + i * i * 11) % 256);
  return tokens;
}

// A model with a primary and a fake NPU beside it.
class Rig {
 public:
  explicit Rig(const TinyModel& model, std::shared_ptr<Behaviour> behaviour = std::make_shared<Behaviour>(),
               std::function<void(Lane)> before_join = {})
      : bytes_(testing_model::tiny_model_bytes(model)) {
    file_ = std::make_unique<GgufFile>(GgufFile::parse(testing_gguf::as_bytes(bytes_)).value());
    const auto shape = read_hyper_parameters(*file_);
    weights_ = find_weights(*file_, *shape).value();
    graph = build_graph(*shape, weights_, InPlace::kResidual);
    primary_processor_ = cpu::CpuProcessor::create({.threads = 1}, System()).value();
    npu_processor_ = testing_npu::FakeNpu::create(std::move(behaviour)).value();
    cache_ = primary_processor_->make_cache(*shape, kContext).value();
    pool_ = std::make_unique<ActivationPool>(ActivationPool::create(graph, 544, 32).value());
    primary_ = primary_processor_->make_program(graph, *pool_, cache_.get()).value();
    Executor::Options options;
    options.prepare_primary = [this](std::span<const Part> parts) {
      return primary_->prepare(parts, {weights_});
    };
    options.before_join = std::move(before_join);
    executor = std::make_unique<Executor>(graph, *primary_, std::move(options));
    new_npu();
  }

  void new_npu() {
    executor->use_npu(nullptr);
    npu_ = npu_processor_->make_program(graph, *pool_, nullptr).value();
    executor->use_npu(npu_.get());
  }

  void use(Plan plan) {
    plan_ = std::move(plan);
    ASSERT_TRUE(primary_->prepare(parts_to_prepare(graph, plan_, Lane::kPrimary), {weights_}).ok());
    ASSERT_TRUE(npu_->prepare(parts_to_prepare(graph, plan_, Lane::kNpu), {weights_}).ok());
    executor->use(plan_);
  }

  Result<void> step(std::span<const int32_t> tokens, int64_t position, const CancelToken& cancel = {},
                    TraceRing* trace = nullptr, TraceRing* npu_trace = nullptr) {
    Step step;
    step.shape = {.tokens = static_cast<int64_t>(tokens.size()), .position = position, .logit_rows = 1};
    step.tokens = tokens;
    step.cancel = cancel;
    step.trace = trace;
    return executor->run(step, npu_trace);
  }

  // Of the last token, in steps of up to the plan's tokens.
  std::vector<float> logits(int64_t count) {
    const std::vector<int32_t> tokens = some_tokens(count);
    for (int64_t at = 0; at < count;) {
      const int64_t now = std::min(count - at, plan_.max_tokens());
      const auto result =
          step(std::span(tokens).subspan(static_cast<size_t>(at), static_cast<size_t>(now)), at);
      EXPECT_TRUE(result.ok()) << result.error().message;
      at += now;
    }
    const Value& value = graph.values[static_cast<size_t>(graph.logits)];
    const float* data = pool_->data(value);
    return {data, data + value.width};
  }

  Graph graph;
  std::unique_ptr<Executor> executor;

 private:
  std::string bytes_;
  std::unique_ptr<GgufFile> file_;
  Weights weights_;
  std::unique_ptr<Processor> primary_processor_, npu_processor_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<ActivationPool> pool_;
  std::unique_ptr<Program> primary_, npu_;
  Plan plan_;
};

Plan alone(const Graph& graph, int64_t max_tokens = 512) {
  return RandomPlans(1).uniform(graph, max_tokens, Strategy::kCpu);
}

std::vector<float> truth(const TinyModel& model, int64_t count) {
  Rig rig(model);
  rig.use(alone(rig.graph));
  return rig.logits(count);
}

class Strategies : public testing::TestWithParam<TensorType> {};

TEST_P(Strategies, GiveTheLogitsOfTheCpuAtEveryLength) {
  const TinyModel model{
      .family = Family::kQwen3, .type = GetParam(), .feed_forward = 256, .context = kContext};
  Rig cpu(model);
  cpu.use(alone(cpu.graph));
  Rig both(model);
  RandomPlans random(static_cast<uint32_t>(GetParam()) + 1);
  const std::vector<int64_t> lengths = {1, 2, 31, 32, 33, 64, 135, 256, 257, 300, 525, 1000};
  for (const int64_t length : thinned(lengths, 5, "lengths")) {
    const std::vector<float> expected = cpu.logits(length);
    for (const Strategy strategy :
         {Strategy::kNpu, Strategy::kPad, Strategy::kWeight, Strategy::kActivation, Strategy::kHybrid}) {
      both.use(random.uniform(both.graph, 512, strategy));
      EXPECT_LE(nmse(both.logits(length), expected), kBar)
          << strategy_name(strategy) << " at " << length << " tokens";
    }
    both.use(random.plan(both.graph, 512));
    EXPECT_LE(nmse(both.logits(length), expected), kBar) << "mixed at " << length << " tokens";
  }
}

std::string type_name(const testing::TestParamInfo<TensorType>& info) {
  return std::string(type_traits(info.param).name);
}

INSTANTIATE_TEST_SUITE_P(Types, Strategies,
                         testing::ValuesIn(thinned<TensorType>(
                             {TensorType::kF32, TensorType::kF16, TensorType::kBF16, TensorType::kQ4_0,
                              TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1, TensorType::kQ8_0,
                              TensorType::kQ2_K, TensorType::kQ3_K, TensorType::kQ4_K, TensorType::kQ5_K,
                              TensorType::kQ6_K},
                             5, "types of weights")),
                         type_name);

TEST(Families, GiveTheLogitsOfTheCpuWithEveryStrategy) {
  for (const Family family : thinned(std::vector(kFamilies.begin(), kFamilies.end()), 3, "families")) {
    const TinyModel model{
        .family = family, .type = TensorType::kQ8_0, .feed_forward = 256, .context = kContext};
    Rig cpu(model);
    cpu.use(alone(cpu.graph));
    Rig both(model);
    RandomPlans random(7);
    for (const int64_t length : {1, 33, 135}) {
      const std::vector<float> expected = cpu.logits(length);
      for (const Strategy strategy :
           {Strategy::kNpu, Strategy::kPad, Strategy::kWeight, Strategy::kActivation, Strategy::kHybrid}) {
        both.use(random.uniform(both.graph, 512, strategy));
        EXPECT_LE(nmse(both.logits(length), expected), kBar)
            << family_name(family) << ' ' << strategy_name(strategy) << " at " << length << " tokens";
      }
    }
  }
}

const TinyModel kSmall{.family = Family::kQwen2,
                       .type = TensorType::kQ8_0,
                       .layers = 3,
                       .embedding = 64,
                       .feed_forward = 96,
                       .heads = 2,
                       .kv_heads = 1,
                       .head_dim = 32,
                       .context = kContext};

// Where it runs, and how one waits for the other.
class Joins : public testing::TestWithParam<std::tuple<bool, SyncMode>> {
 protected:
  std::shared_ptr<Behaviour> behaviour() const {
    auto made = std::make_shared<Behaviour>();
    made->queues = std::get<0>(GetParam());
    return made;
  }
  Plan plan(const Graph& graph, RandomPlans& random, int64_t max_tokens = 64) const {
    Plan made = random.plan(graph, max_tokens);
    made.settings.sync = std::get<1>(GetParam());
    return made;
  }
};

std::string join_name(const testing::TestParamInfo<std::tuple<bool, SyncMode>>& info) {
  return std::string(std::get<0>(info.param) ? "queued_" : "direct_") +
         (std::get<1>(info.param) == SyncMode::kFast ? "fast" : "driver");
}

INSTANTIATE_TEST_SUITE_P(Modes, Joins,
                         testing::Combine(testing::Bool(),
                                          testing::Values(SyncMode::kFast, SyncMode::kDriver)),
                         join_name);

// Sleeps for up to 200 us, or not at all; any thread.
void random_delay() {
  thread_local std::mt19937 random(
      static_cast<uint32_t>(std::hash<std::thread::id>()(std::this_thread::get_id())));
  if (random() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
}

TEST_P(Joins, KeepTheOrderWhateverTakesHowLong) {
  const auto slow = behaviour();
  slow->before = random_delay;
  Rig rig(kSmall, slow, [](Lane) { random_delay(); });
  RandomPlans random(7);
  const std::vector<float> expected = truth(kSmall, 40);
  for (int i = 0, plans = repeats(12, 2, "plans"); i < plans; ++i) {
    rig.use(plan(rig.graph, random, 24));
    EXPECT_LE(nmse(rig.logits(40), expected), kBar);
    EXPECT_FALSE(rig.executor->npu_failure());
  }
  EXPECT_GT(rig.executor->join_stats().joins, 50);
}

TEST_P(Joins, LeaveTheRestToThePrimaryWhereTheNpuFails) {
  const std::vector<float> expected = truth(kSmall, 40);
  RandomPlans random(11);
  int64_t failures = 0;
  const int runs = repeats(40, 4, "failing runs");
  for (int i = 0; i < runs; ++i) {
    const auto failing = behaviour();
    failing->fail_at = random.number(0, 60);
    Rig rig(kSmall, failing);
    rig.use(plan(rig.graph, random, 40));
    const std::vector<int32_t> tokens = some_tokens(40);
    EXPECT_LE(nmse(rig.logits(40), expected), kBar) << "failing at part " << failing->fail_at;
    if (!rig.executor->npu_failure()) continue;
    ++failures;
    EXPECT_EQ(rig.executor->npu_failure()->code, ErrorCode::kProcessorFailed);
    // Later steps go on without it, and with it when it is asked back.
    rig.use(alone(rig.graph));
    EXPECT_LE(nmse(rig.logits(40), expected), kBar);
    rig.new_npu();
    rig.use(plan(rig.graph, random, 40));
    EXPECT_LE(nmse(rig.logits(40), expected), kBar);
  }
  EXPECT_GT(failures, runs / 4);
}

TEST_P(Joins, EndCleanlyWhereverTheyAreCancelled) {
  const std::vector<float> expected = truth(kSmall, 40);
  const auto cancelling = behaviour();
  CancelToken cancel;
  std::atomic<int64_t> batches_left = 0;  // Until one of the NPU's cancels the step.
  cancelling->before = [&] {
    if (batches_left.fetch_sub(1) == 1) cancel.cancel();
  };
  Rig rig(kSmall, cancelling);
  RandomPlans random(13);
  const std::vector<int32_t> tokens = some_tokens(40);
  int64_t cancelled = 0;
  const int runs = repeats(40, 4, "cancelled runs");
  for (int i = 0; i < runs; ++i) {
    rig.use(plan(rig.graph, random, 40));
    cancel = CancelToken();
    batches_left = random.number(1, 12);
    const auto result = rig.step(tokens, 0, cancel);
    batches_left = 0;
    if (!result.ok()) {
      EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
      ++cancelled;
    }
    EXPECT_FALSE(rig.executor->npu_failure());
    EXPECT_LE(nmse(rig.logits(40), expected), kBar) << "after a cancelled step";
  }
  EXPECT_GT(cancelled, runs / 8);
}

TEST_P(Joins, AreRecordedWithTheirFlows) {
  Rig rig(kSmall, behaviour());
  RandomPlans random(17);
  Plan weight = random.uniform(rig.graph, 16, Strategy::kWeight);
  weight.settings.sync = std::get<1>(GetParam());
  rig.use(std::move(weight));
  TraceRing ring(1 << 20), npu_ring(1 << 20);
  const std::vector<int32_t> tokens = some_tokens(16);
  ASSERT_TRUE(rig.step(tokens, 0, {}, &ring, &npu_ring).ok());
  std::set<std::pair<Track, uint32_t>> flows, ended;
  int64_t joins = 0, parts = 0;
  for (TraceRing* each : {&ring, &npu_ring}) {
    each->drain([&](const TraceRecord& record) {
      if (record.kind == TraceRecord::Kind::kOp) {
        ++parts;
        EXPECT_EQ(record.track == Track::kNpu, each == &npu_ring);
        if (record.flow > 0) flows.emplace(record.track, record.flow);
      } else if (record.kind == TraceRecord::Kind::kJoin) {
        ++joins;
        EXPECT_EQ(record.track, each == &ring ? Track::kSync : Track::kNpuSync);
        EXPECT_GE(record.end_ns, record.begin_ns);
        EXPECT_LE(record.slept_ns, record.end_ns - record.begin_ns);
        ended.emplace(record.peer, record.flow);
      }
    });
  }
  EXPECT_EQ(joins, rig.executor->join_stats().joins);
  EXPECT_GT(parts, static_cast<int64_t>(rig.graph.ops.size()));
  for (const auto& flow : ended) EXPECT_TRUE(flows.contains(flow)) << "a join of work that nobody did";
}

TEST(Executor, DecodesTenThousandStepsInTheSameMemory) {
  TinyModel model = kSmall;
  model.layers = 1;
  Rig rig(model);
  RandomPlans random(19);
  rig.use(random.uniform(rig.graph, 8, Strategy::kWeight));
  const std::vector<int32_t> token = some_tokens(1);
  const System system;
  int64_t before = 0;
  const int steps = repeats(10'000, 5, "decode steps");
  for (int64_t i = 0; i < steps; ++i) {
    if (i == steps / 10) before = system.resident_memory();
    ASSERT_TRUE(rig.step(token, i % 1000).ok());
  }
  if (testing_sanitizer::kSanitized)
    GTEST_SKIP() << "the steps ran, but a sanitizer keeps freed memory for a while";
  EXPECT_LE(system.resident_memory() - before, 256 << 10);
}

TEST(WaitPredictor, LearnsFromWhatItSees) {
  WaitPredictor predictor;
  const size_t id = predictor.id("1 ffn_up <- ffn_gate");
  EXPECT_EQ(predictor.id("1 ffn_up <- ffn_gate"), id);
  EXPECT_NE(predictor.id("2 ffn_up <- ffn_gate"), id);
  EXPECT_EQ(predictor.predict(id, 776), 388) << "of what the plan says";
  for (int i = 0; i < 40; ++i) predictor.learn(id, 100'000, 80'000, false);
  EXPECT_NEAR(static_cast<double>(predictor.predict(id, 777)), 100'000, 1000);
  // Whoever sleeps too long never sees when it was over: the next sleep must be shorter.
  predictor.learn(id, 130'000, 100'000, true);
  EXPECT_LE(predictor.predict(id, 777), 50'000);
  // One long wait is no reason to sleep long from then on.
  const int64_t before = predictor.predict(id, 777);
  predictor.learn(id, 10 * before, before, false);
  EXPECT_LT(predictor.predict(id, 777), 3 * before);
  for (int i = 0; i < 40; ++i) predictor.learn(id, 0, 0, true);
  EXPECT_LT(predictor.predict(id, 777), 1000);
}

}  // namespace
}  // namespace tandem
