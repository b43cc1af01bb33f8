// What is written is read back with protozero.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/clock.h"
#include "gguf/testing.h"
#include "graph/graph.h"
#include "model/testing.h"
#include "trace/encoder.h"
#include "trace/session.h"
#include "trace/testing.h"

namespace tandem {
namespace {

using testing_trace::ReadEvent;
using testing_trace::TraceReader;

class TraceTest : public testing::Test {
 protected:
  TraceTest() : bytes_(testing_model::tiny_model_bytes({.type = TensorType::kQ4_0})) {
    const auto file = GgufFile::parse(testing_gguf::as_bytes(bytes_));
    const auto shape = read_hyper_parameters(*file);
    weights_ = find_weights(*file, *shape).value();
    graph_ = build_graph(*shape, weights_);
  }

  // One step: every op of the graph, 100 ns long, 10 ns apart.
  template <typename Use>
  int64_t step(int64_t now, uint16_t tokens, Use&& use) {
    for (size_t i = 0; i < graph_.ops.size(); ++i) {
      use(TraceRecord{.begin_ns = now,
                      .end_ns = now + 100,
                      .id = static_cast<int32_t>(i),
                      .position = 5,
                      .tokens = tokens,
                      .logit_rows = 1});
      now += 110;
    }
    return now;
  }

  std::string bytes_;
  Weights weights_;
  Graph graph_;
};

constexpr int64_t kStart = 1'000'000'000'000;

TEST_F(TraceTest, EveryOpIsASliceWithItsShapeAndCost) {
  TraceEncoder encoder(graph_, weights_, kStart);
  step(kStart + 50, 7, [&](const TraceRecord& record) { encoder.record(record); });
  encoder.close_bands(kStart + 1'000'000);
  const TraceReader read(encoder.take());
  EXPECT_EQ(read.tracks.at(1), "Tandem agent");
  EXPECT_EQ(read.tracks.at(12), "CPU");
  const std::vector<ReadEvent> slices = read.on(12);
  ASSERT_EQ(slices.size(), 2 * graph_.ops.size());
  for (size_t i = 0; i < graph_.ops.size(); ++i) {
    const ReadEvent& begin = slices[2 * i];
    EXPECT_EQ(begin.type, 1);
    EXPECT_EQ(begin.category, "op");
    EXPECT_EQ(begin.name, graph_.ops[i].name);
    EXPECT_EQ(begin.at_ns, static_cast<uint64_t>(kStart + 50 + static_cast<int64_t>(i) * 110));
    EXPECT_EQ(slices[2 * i + 1].type, 2);
    EXPECT_EQ(slices[2 * i + 1].at_ns, begin.at_ns + 100);
    EXPECT_EQ(begin.notes.at("strategy"), "cpu");
    EXPECT_EQ(begin.notes.contains("layer"), graph_.ops[i].layer >= 0);
    if (begin.name == "blk.0.ffn_down") {
      EXPECT_EQ(begin.notes.at("op"), "ffn_down");
      EXPECT_EQ(begin.notes.at("kind"), "matmul");
      EXPECT_EQ(begin.notes.at("type"), "Q4_0");
      EXPECT_EQ(begin.notes.at("layer"), "0");
      EXPECT_EQ(begin.notes.at("shape"), "[7, 512] × [256, 512]");
      EXPECT_EQ(begin.notes.at("flops"), std::to_string(2 * 7 * 512 * 256));
    }
  }
}

TEST_F(TraceTest, TheChoiceOfATokenIsASliceOutsideLayers) {
  TraceEncoder encoder(graph_, weights_, kStart);
  const int64_t now = step(kStart, 1, [&](const TraceRecord& record) { encoder.record(record); });
  encoder.record({.begin_ns = now, .end_ns = now + 500, .kind = TraceRecord::Kind::kSample});
  encoder.close_bands(now + 1000);
  const TraceReader read(encoder.take());
  const std::vector<ReadEvent> slices = read.on(12);
  ASSERT_EQ(slices.size(), 2 * graph_.ops.size() + 2);
  const ReadEvent& begin = slices[slices.size() - 2];
  EXPECT_EQ(begin.name, "sample");
  EXPECT_EQ(begin.category, "op");
  EXPECT_EQ(begin.notes.at("kind"), "sample");
  EXPECT_EQ(begin.notes.at("shape"), "[1, " + std::to_string(graph_.shape.vocabulary) + "]");
  EXPECT_FALSE(begin.notes.contains("layer"));
  EXPECT_EQ(slices.back().at_ns - begin.at_ns, 500U);
  EXPECT_LE(read.on(4).back().at_ns, begin.at_ns);
}

TEST_F(TraceTest, ASharedOpIsAPartOnEachTrackAndItsJoinEndsTheFlow) {
  TraceEncoder encoder(graph_, weights_, kStart);
  const auto found = std::find_if(graph_.ops.begin(), graph_.ops.end(),
                                  [](const Op& op) { return op.name == "blk.1.ffn_up"; });
  TraceRecord part{.begin_ns = kStart + 100,
                   .end_ns = kStart + 900,
                   .id = static_cast<int32_t>(found - graph_.ops.begin()),
                   .tokens = 8,
                   .logit_rows = 8,
                   .share = 750,
                   .strategy = Strategy::kWeight,
                   .predicted_ns = 777};
  part.track = Track::kGpu;
  encoder.record(part);
  part.track = Track::kNpu;
  part.share = 250;
  part.flow = 5;
  encoder.record(part);
  encoder.record({.begin_ns = kStart + 800,
                  .end_ns = kStart + 950,
                  .id = part.id,
                  .kind = TraceRecord::Kind::kJoin,
                  .track = Track::kSync,
                  .peer = Track::kNpu,
                  .predicted_ns = 140,
                  .slept_ns = 100,
                  .flow = 5});
  part.flow = 6;  // The same op once more: another flow, the same template.
  part.begin_ns += 1000;
  part.end_ns += 1000;
  encoder.record(part);
  const TraceReader read(encoder.take());
  const ReadEvent gpu = read.on(10).at(0);
  EXPECT_EQ(gpu.notes.at("strategy"), "weight");
  EXPECT_EQ(gpu.notes.at("share"), "750");
  EXPECT_EQ(gpu.notes.at("predicted_ns"), "777");
  EXPECT_EQ(gpu.notes.at("flops"), std::to_string(2 * 8 * 512 * 256 * 3 / 4));
  EXPECT_EQ(gpu.flow, 0U);
  const ReadEvent npu = read.on(11).at(0);
  EXPECT_EQ(npu.notes.at("flops"), std::to_string(2 * 8 * 512 * 256 / 4));
  EXPECT_NE(npu.flow, 0U);
  EXPECT_NE(read.on(11).at(2).flow, npu.flow);
  EXPECT_EQ(read.tracks.at(13), "Sync");
  const ReadEvent join = read.on(13).at(0);
  EXPECT_EQ(join.name, "join");
  EXPECT_EQ(join.notes.at("op"), "ffn_up");
  EXPECT_EQ(join.notes.at("layer"), "1");
  EXPECT_EQ(join.notes.at("predicted_ns"), "140");
  EXPECT_EQ(join.notes.at("slept_ns"), "100");
  EXPECT_EQ(join.notes.at("polled_ns"), "50");
  // Perfetto ends a flow where the event is, and the awaited slice ended after the join began.
  EXPECT_EQ(join.ended_flow, 0U);
  EXPECT_EQ(read.on(13).at(1).at_ns, static_cast<uint64_t>(kStart + 950));
  EXPECT_EQ(read.on(13).at(1).ended_flow, npu.flow);
}

TEST_F(TraceTest, TwoThreadsFillARingEach) {
  std::string all;
  TraceOptions options;
  options.t0_ns = boottime_ns();
  const System system;
  const auto session = TraceSession::start(options, graph_, weights_, system,
                                           [&](const std::string& chunk, bool) { all += chunk; });
  const auto fill = [&](TraceRing& ring, Track track) {
    step(boottime_ns(), 1, [&](TraceRecord record) {
      record.track = track;
      ring.push(record);
    });
  };
  std::thread other([&] { fill(session->npu_ring(), Track::kNpu); });
  fill(session->ring(), Track::kCpu);
  other.join();
  session->stop([](const TraceReport&) { return std::string("{}"); });
  const TraceReader read(all);
  EXPECT_EQ(read.on(11).size(), 2 * graph_.ops.size());
  EXPECT_EQ(read.on(12).size(), 2 * graph_.ops.size());
}

TEST_F(TraceTest, AShortRunHasItsCountersToo) {
  std::string all;
  TraceOptions options;
  options.t0_ns = boottime_ns();
  const System system;
  const auto session = TraceSession::start(options, graph_, weights_, system,
                                           [&](const std::string& chunk, bool) { all += chunk; });
  session->stop([](const TraceReport&) { return std::string("{}"); });
  const std::vector<ReadEvent> memory = TraceReader(all).on(20);
  ASSERT_GE(memory.size(), 2U);
  for (const ReadEvent& event : memory) EXPECT_GT(event.counter, 0);
}

TEST_F(TraceTest, LayersArePaintedOverTheirOps) {
  TraceEncoder encoder(graph_, weights_, kStart);
  int64_t now = step(kStart, 7, [&](const TraceRecord& record) { encoder.record(record); });
  step(now, 1, [&](const TraceRecord& record) { encoder.record(record); });
  encoder.close_bands(kStart + 1'000'000);
  std::vector<std::string> names;
  const std::vector<ReadEvent> bands = TraceReader(encoder.take()).on(4);
  for (const ReadEvent& event : bands) {
    if (event.type == 1) names.push_back(event.name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"layer 0", "layer 1", "output", "layer 0", "layer 1", "output"}));
  for (size_t i = 0; i + 1 < bands.size(); ++i) EXPECT_LE(bands[i].at_ns, bands[i + 1].at_ns);
}

TEST_F(TraceTest, AChunkMayEndAnywhereAndTheRestFollows) {
  TraceEncoder encoder(graph_, weights_, kStart);
  std::string all, part;
  step(kStart, 3, [&](const TraceRecord& record) {
    encoder.record(record);
    all += encoder.take();
  });
  EXPECT_EQ(TraceReader(all).on(12).size(), 2 * graph_.ops.size());
}

TEST_F(TraceTest, ASessionStreamsAndClosesWithItsFooter) {
  std::vector<std::pair<std::string, bool>> chunks;
  TraceOptions options;
  options.t0_ns = boottime_ns();
  options.header_json = R"({"format":1})";
  const System system;
  const auto session =
      TraceSession::start(options, graph_, weights_, system,
                          [&](std::string chunk, bool last) { chunks.emplace_back(std::move(chunk), last); });
  session->begin(Track::kPhase, static_cast<int32_t>(Phase::kPrefill));
  session->begin(Track::kToken, kPromptToken);
  step(boottime_ns(), 7, [&](const TraceRecord& record) { session->ring().push(record); });
  session->end(Track::kToken);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  const TraceReport report = session->stop([](const TraceReport& known) {
    return nlohmann::json({{"lost", known.lost.events}}).dump();
  });

  ASSERT_GE(chunks.size(), 2U);
  std::string all;
  for (size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_EQ(chunks[i].second, i + 1 == chunks.size());
    all += chunks[i].first;
  }
  EXPECT_EQ(report.bytes, static_cast<int64_t>(all.size()));
  EXPECT_EQ(report.lost.events, 0U);
  EXPECT_EQ(report.events, static_cast<int64_t>(graph_.ops.size()) + 3);
  EXPECT_GT(report.overhead_percent, 0);
  const TraceReader read(all);
  ASSERT_EQ(read.on(1).size(), 2U);
  EXPECT_EQ(read.on(1)[0].name, "tandem.header");
  EXPECT_EQ(read.on(1)[0].notes.at("json"), options.header_json);
  EXPECT_EQ(read.on(1)[1].notes.at("json"), R"({"lost":0})");
  ASSERT_EQ(read.on(2).size(), 2U) << "the phase that was open is closed at the end";
  EXPECT_EQ(read.on(2)[0].name, "prefill");
  EXPECT_EQ(read.on(3)[0].name, "prompt");
  EXPECT_GT(read.on(20).size(), 2U);
  EXPECT_GT(read.on(20)[0].counter, 0);
  EXPECT_EQ(read.tracks.at(20), "Memory");
}

TEST(TraceRing, CountsWhatItCannotHold) {
  TraceRing ring(4 * sizeof(TraceRecord));
  ASSERT_EQ(ring.capacity(), 4U);
  for (int64_t i = 0; i < 7; ++i) ring.push({.begin_ns = 100 + i});
  EXPECT_EQ(ring.losses().events, 3U);
  EXPECT_EQ(ring.losses().first_ns, 104);
  EXPECT_EQ(ring.losses().last_ns, 106);
  std::vector<int64_t> kept;
  ring.drain([&](const TraceRecord& record) { kept.push_back(record.begin_ns); });
  EXPECT_EQ(kept, (std::vector<int64_t>{100, 101, 102, 103}));
  ring.push({.begin_ns = 200});
  EXPECT_EQ(ring.size(), 1U);
}

TEST(TraceRing, HandsRecordsFromOneThreadToAnother) {
  constexpr int64_t kRecords = 200'000;
  TraceRing ring(1024 * sizeof(TraceRecord));
  std::thread writer([&] {
    for (int64_t i = 0; i < kRecords; ++i) ring.push({.begin_ns = i, .end_ns = i});
  });
  int64_t seen = 0;
  int64_t last = -1;
  const auto use = [&](const TraceRecord& record) {
    EXPECT_GT(record.begin_ns, last);
    EXPECT_EQ(record.begin_ns, record.end_ns);
    last = record.begin_ns;
    ++seen;
  };
  while (last < kRecords / 2 && ring.losses().events == 0) ring.drain(use);
  writer.join();
  ring.drain(use);
  EXPECT_EQ(seen + static_cast<int64_t>(ring.losses().events), kRecords);
}

}  // namespace
}  // namespace tandem
