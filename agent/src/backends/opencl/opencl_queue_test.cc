// The queue as the executor uses it: batches that signal, the driver's wait, cancelling, event times,
// tracing.
#include <gtest/gtest.h>

#include <thread>

#include "backends/opencl/test_support.h"
#include "base/clock.h"
#include "base/system.h"

namespace tandem::opencl {
namespace {

TEST(OpenClQueue, SignalsBatchesWithoutADriversWait) {
  TANDEM_NEEDS_DEVICE();
  for (const bool copies : {false, true}) {
    OpenClOptions options = test_options();
    options.force_copies = copies;
    TinyRun run({}, options);
    ASSERT_FALSE(run.error) << text_of(*run.error);
    EXPECT_EQ(run.program->completed(), 0U);
    const std::vector<int32_t> tokens = some_tokens(12);
    const StepShape shape{.tokens = 12, .position = 0, .logit_rows = 12};
    const Step step{.shape = shape, .tokens = tokens, .cancel = {}};
    const std::vector<Part> parts = run.whole(shape);
    const std::span<const Part> all(parts);
    const Batch first{all.first(5), 1, true};
    const Batch second{all.subspan(5), 2, true};
    ASSERT_TRUE(run.program->submit(first, step).ok());
    ASSERT_TRUE(run.program->submit(second, step).ok());
    while (run.program->completed() < 2) std::this_thread::yield();
    const Value& value = run.graph.values[static_cast<size_t>(run.graph.logits)];
    const std::vector<float> in_two(run.pool->data(value), run.pool->data(value) + 12 * value.width);
    ASSERT_TRUE(run.program->finish(2).ok());
    ASSERT_TRUE(run.program->collect(step).ok());
    EXPECT_EQ(run.program->usage().ops, static_cast<int64_t>(parts.size()));
    EXPECT_GT(run.program->usage().busy_ns, 0);
    run.batches = 2;
    EXPECT_EQ(in_two, run.run(shape, tokens, parts));
  }
}

// Times lie between the submission and the end of the wait, in the order of the queue.
TEST(OpenClQueue, RecordsPartsOnTheHostsClock) {
  TANDEM_NEEDS_DEVICE();
  TinyRun run({.type = TensorType::kQ4_0}, test_options());
  ASSERT_FALSE(run.error) << text_of(*run.error);
  TraceRing ring(1 << 20);
  const std::vector<int32_t> tokens = some_tokens(20);
  const StepShape shape{.tokens = 20, .position = 0, .logit_rows = 1};
  std::vector<Part> parts = run.whole(shape);
  parts[3].share = 250;
  parts[3].predicted_ns = 77;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const int64_t before = boottime_ns();
    ASSERT_EQ(run.run(shape, tokens, parts, &ring).size(), static_cast<size_t>(testing_model::kVocabulary));
    const int64_t after = boottime_ns();
    const auto error = run.program->clock_error_ns();
    ASSERT_TRUE(error.has_value());
    std::vector<TraceRecord> records;
    ring.drain([&](const TraceRecord& record) { records.push_back(record); });
    ASSERT_EQ(records.size(), parts.size());
    int64_t last = before - *error;
    for (size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].id, parts[i].op);
      EXPECT_EQ(records[i].track, Track::kGpu);
      EXPECT_EQ(records[i].strategy, Strategy::kGpu);
      EXPECT_GE(records[i].begin_ns, last - 1000) << i;
      EXPECT_GE(records[i].end_ns, records[i].begin_ns);
      last = records[i].end_ns;
    }
    EXPECT_LE(last, after + *error);
    EXPECT_EQ(records[3].share, 250);
    EXPECT_EQ(records[3].predicted_ns, 77U);
    EXPECT_EQ(records.back().flow, repeat + 1U);
  }
}

TEST(OpenClQueue, LooksAtTheCancelToken) {
  TANDEM_NEEDS_DEVICE();
  TinyRun run({}, test_options());
  ASSERT_FALSE(run.error) << text_of(*run.error);
  const std::vector<int32_t> tokens = some_tokens(4);
  const StepShape shape{.tokens = 4, .position = 0, .logit_rows = 4};
  const Step step{.shape = shape, .tokens = tokens, .cancel = {}};
  step.cancel.cancel();
  const std::vector<Part> parts = run.whole(shape);
  const auto result = run.program->submit({parts, 1, true}, step);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  ASSERT_TRUE(run.program->collect(step).ok());
  // It goes on afterwards.
  run.batches = 1;
  EXPECT_EQ(run.run(shape, tokens, parts).size(), 4 * static_cast<size_t>(testing_model::kVocabulary));
}

// Decode for a while: nothing grows.
TEST(OpenClQueue, KeepsNoEventsOfFinishedSteps) {
  TANDEM_NEEDS_DEVICE();
#if defined(TANDEM_SANITIZES_ADDRESS)
  GTEST_SKIP() << "AddressSanitizer keeps freed memory for a while, so the process grows.";
#endif
  TinyRun run({.layers = 1, .embedding = 64, .feed_forward = 64, .heads = 2, .kv_heads = 1, .head_dim = 32},
              test_options());
  ASSERT_FALSE(run.error) << text_of(*run.error);
  const std::vector<int32_t> tokens = some_tokens(1);
  int64_t at_half = 0;
  constexpr int kSteps = 2000;
  for (int i = 0; i < kSteps; ++i) {
    const StepShape shape{.tokens = 1, .position = i % 500, .logit_rows = 1};
    ASSERT_FALSE(run.run(shape, tokens, run.whole(shape)).empty());
    if (i == kSteps / 2) at_half = System().resident_memory();
  }
  EXPECT_LE(System().resident_memory(), at_half + (4 << 20));
}

}  // namespace
}  // namespace tandem::opencl
