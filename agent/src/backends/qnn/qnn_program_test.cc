// What happens around the matmuls: preparation, the cache, faults, traces.
#include "backends/qnn/qnn_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backends/qnn/static_weight.h"
#include "backends/qnn/testing.h"
#include "tensor/half.h"

namespace tandem::qnn {
namespace {

using namespace testing;  // NOLINT
using ::testing::HasSubstr;

// A folder that is gone with the object.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "tandem-npu-XXXXXX") {
    std::string path = path_.string();
    path_ = ::mkdtemp(path.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) found.push_back(entry.path());
    return found;
  }

 private:
  std::filesystem::path path_;
};

int64_t from_cache(const Npu& npu) {
  return static_cast<const QnnProgram&>(*npu.program).graphs_from_cache();
}

// Prepares and runs 40 tokens; gives the graphs that came from the cache, or -1 and a failure.
int64_t prepare_and_run(const MatmulModel& model, const QnnOptions& options) {
  auto npu = Npu::make(model.graph, 64, options);
  EXPECT_TRUE(npu.ok());
  if (!npu.ok()) return -1;
  fill_input(model, *npu, 64);
  std::vector<Part> parts = {whole(model, 40), whole(model, 40, 1)};
  parts[0].padded_tokens = parts[1].padded_tokens = 64;
  const auto prepared = npu->prepare(model, parts);
  EXPECT_TRUE(prepared.ok()) << prepared.error().message;
  if (!prepared.ok()) return -1;
  EXPECT_TRUE(npu->program->notes().empty()) << npu->program->notes().front();
  EXPECT_TRUE(npu->run(parts, 40).ok());
  EXPECT_LE(part_error(model, *npu, parts[1], 40), 5e-4);
  return from_cache(*npu);
}

TEST(QnnWeights, HalvesAreTheNearestOnes) {
  std::vector<float> values;
  for (uint32_t bits = 0x30000000; bits < 0x47900000; bits += 4099)
    values.push_back(std::bit_cast<float>(bits));
  for (const uint32_t half : {0x0001u, 0x0002u, 0x03ffu, 0x0400u, 0x3c01u, 0x7bfeu}) {
    // Exactly between two halves and on both sides of that.
    const float middle =
        (half_to_float(static_cast<uint16_t>(half)) + half_to_float(static_cast<uint16_t>(half + 1))) / 2;
    for (const float value : {middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 1e6F)})
      values.push_back(value);
  }
  values.push_back(0);
  const size_t count = values.size();
  for (size_t i = 0; i < count; ++i) values.push_back(-values[i]);
  StaticWeight weight(
      {TensorType::kF32, 1, static_cast<int64_t>(values.size()), std::as_bytes(std::span(values))}, 0, 1,
      WeightForm::kHalf);
  const auto* halves = static_cast<const uint16_t*>(weight.buffer().data);
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(halves[i], float_to_half(values[i])) << values[i];
}

TEST(QnnCache, HoldsGraphsForTheNextRun) {
  const Folder folder;
  QnnOptions options = reference_options();
  options.cache_folder = folder.path() + "/graphs";
  const MatmulModel model(TensorType::kQ4_0, 64, 96, true, 2);
  EXPECT_EQ(prepare_and_run(model, options), 0);
  EXPECT_EQ(prepare_and_run(model, options), 2);
}

TEST(QnnCache, MissesWhereWeightsFormOrLengthDiffer) {
  const Folder folder;
  QnnOptions options = reference_options();
  options.cache_folder = folder.path();
  MatmulModel model(TensorType::kQ4_0, 64, 96, true, 2);
  EXPECT_EQ(prepare_and_run(model, options), 0);
  model.bytes.back()[0] ^= std::byte{1};  // One bit of a bias.
  EXPECT_EQ(prepare_and_run(model, options), 0);
  EXPECT_EQ(folder.files().size(), 2u);
  auto npu = Npu::make(model.graph, 64, options);
  ASSERT_TRUE(npu.ok());
  const std::vector<Part> parts = {whole(model, 32), whole(model, 32, 1)};
  ASSERT_TRUE(npu->prepare(model, parts).ok());
  EXPECT_EQ(from_cache(*npu), 0);
  EXPECT_EQ(folder.files().size(), 3u);
}

TEST(QnnCache, DamagedFilesAreIgnoredAndReplaced) {
  const Folder folder;
  QnnOptions options = reference_options();
  options.cache_folder = folder.path();
  const MatmulModel model(TensorType::kQ8_0, 64, 96, false, 2);
  ASSERT_EQ(prepare_and_run(model, options), 0);
  ASSERT_EQ(folder.files().size(), 1u);
  const auto file = folder.files()[0];
  const auto size = std::filesystem::file_size(file);
  const auto flip = [&](uintmax_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
  };
  for (const uintmax_t at :
       {uintmax_t{0}, uintmax_t{20}, uintmax_t{50}, uintmax_t{4096}, size / 2, size - 1}) {
    flip(at);
    EXPECT_EQ(prepare_and_run(model, options), 0) << "byte " << at;
    EXPECT_EQ(prepare_and_run(model, options), 2) << "byte " << at;
  }
  for (const uintmax_t length : {uintmax_t{0}, uintmax_t{10}, uintmax_t{4096}, size - 1}) {
    std::filesystem::resize_file(file, length);
    EXPECT_EQ(prepare_and_run(model, options), 0) << "cut at " << length;
    EXPECT_EQ(prepare_and_run(model, options), 2) << "cut at " << length;
  }
}

TEST(QnnCache, AFolderThatCannotBeWrittenIsANoteAndNoFailure) {
  QnnOptions options = reference_options();
  options.cache_folder = "/proc/nowhere";
  const MatmulModel model(TensorType::kQ8_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64, options);
  ASSERT_TRUE(npu.ok());
  const Part part = whole(model, 32);
  ASSERT_TRUE(npu->prepare(model, {&part, 1}).ok());
  ASSERT_EQ(npu->program->notes().size(), 1u);
  EXPECT_THAT(npu->program->notes()[0], HasSubstr("could not be kept"));
}

TEST(QnnPrepare, SaysWhatWasCopiedAndCompiledAndDoesNothingTwice) {
  const MatmulModel model(TensorType::kQ4_0, 64, 96, true, 2);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  std::vector<Part> parts = {whole(model, 32), whole(model, 64), whole(model, 32, 1)};
  parts[2].first_row = 16;
  parts[2].rows = 48;
  std::vector<std::array<int64_t, 3>> copied;
  std::vector<std::pair<int64_t, int64_t>> compiled;
  const PrepareRequest request{model.weights,
                               {},
                               [&](WeightId id, int64_t first, int64_t rows) -> Result<void> {
                                 copied.push_back({id, first, rows});
                                 return {};
                               },
                               [&](int64_t done, int64_t total) { compiled.emplace_back(done, total); }};
  ASSERT_TRUE(npu->program->prepare(parts, request).ok());
  using Copies = std::vector<std::array<int64_t, 3>>;
  EXPECT_EQ(copied, (Copies{{0, 0, 64}, {1, 0, 1}, {2, 16, 48}, {3, 0, 1}}));
  using Counts = std::vector<std::pair<int64_t, int64_t>>;
  EXPECT_EQ(compiled, (Counts{{1, 3}, {2, 3}, {3, 3}}));
  EXPECT_EQ(npu->program->weight_bytes(), (64 + 48) * 96 * 2);
  ASSERT_TRUE(npu->program->prepare(parts, request).ok());
  EXPECT_EQ(compiled.size(), 3u);
  EXPECT_EQ(copied.size(), 4u);
}

TEST(QnnPrepare, PassesOnErrorsOfCopiedAndCancellation) {
  const MatmulModel model(TensorType::kQ4_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  const Part part = whole(model, 32);
  const auto failed =
      npu->program->prepare({&part, 1}, {model.weights,
                                         {},
                                         [](WeightId, int64_t, int64_t) -> Result<void> {
                                           return Error{ErrorCode::kModelBadValues, "bad", {}};
                                         },
                                         nullptr});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kModelBadValues);
  PrepareRequest cancelled{model.weights, {}, nullptr, nullptr};
  cancelled.cancel.cancel();
  const auto ended = npu->program->prepare({&part, 1}, cancelled);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(npu->prepare(model, {&part, 1}).ok()) << "what failed can be tried again";
}

TEST(QnnPrepare, WeightsBeyondTheBoundGetSessionsOfTheirOwn) {
  const MatmulModel model(TensorType::kF16, 64, 96, false, 3);
  QnnOptions options = reference_options();
  options.session_bytes = 2 * 64 * 96 * 2;
  std::vector<Part> parts;
  for (OpId op = 0; op < 3; ++op) {
    parts.push_back(whole(model, 32, op));
    parts.push_back(whole(model, 64, op));
  }
  const auto plans = plan_sessions(model.graph, parts, {}, options);
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[0].size(), 2u);
  EXPECT_EQ(graph_count(plans[0]), 4);
  EXPECT_EQ(graph_count(plans[1]), 2);
  auto npu = Npu::make(model.graph, 64, options);
  ASSERT_TRUE(npu.ok());
  fill_input(model, *npu, 64);
  ASSERT_TRUE(npu->prepare(model, parts).ok());
  for (const Part& part : parts) {
    ASSERT_TRUE(npu->run({&part, 1}, part.tokens).ok());
    EXPECT_LE(part_error(model, *npu, part, part.tokens), 5e-4);
  }
}

TEST(QnnPrepare, ARefusedShapeIsUnsupportedAndNamed) {
  const Environment refuse("TANDEM_NPU_REFUSE", "96x64");
  const MatmulModel model(TensorType::kQ4_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  const Part part = whole(model, 32);
  const auto refused = npu->prepare(model, {&part, 1});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  const auto& context = refused.error().context;
  EXPECT_EQ(context.at("op"), "blk.0.ffn_up");
  EXPECT_EQ(context.at("m") + "," + context.at("k") + "," + context.at("n"), "32,96,64");
  EXPECT_EQ(context.at("status_name"), "QNN_GRAPH_ERROR_FINALIZE_FAILED");
  EXPECT_THAT(refused.error().message, HasSubstr("blk.0.ffn_up [M 32, K 96, N 64]"));
}

TEST(QnnPrepare, GraphsBeyondTheNpusMemoryAreOutOfMemory) {
  const Environment memory("TANDEM_NPU_MEMORY", "100000");
  const MatmulModel model(TensorType::kQ4_0, 256, 256, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  const Part part = whole(model, 32);
  const auto refused = npu->prepare(model, {&part, 1});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(refused.error().context.at("status_name"), "QNN_COMMON_ERROR_MEM_ALLOC");
}

TEST(QnnRun, AFailingExecutionIsProcessorFailedAndTheNextOneRuns) {
  const Environment fail("TANDEM_NPU_FAIL_AT", "2");
  const MatmulModel model(TensorType::kQ4_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  fill_input(model, *npu, 64);
  const std::vector<Part> parts(1, whole(model, 32));
  ASSERT_TRUE(npu->prepare(model, parts).ok());
  EXPECT_TRUE(npu->run(parts, 32, 1).ok());
  const auto failed = npu->run(parts, 32, 2);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kProcessorFailed);
  EXPECT_EQ(failed.error().context.at("op"), "blk.0.ffn_up");
  EXPECT_EQ(failed.error().context.at("status_name"), "QNN_COMMON_ERROR_SYSTEM_COMMUNICATION");
  EXPECT_EQ(npu->program->completed(), 1u);
  EXPECT_TRUE(npu->run(parts, 32, 2).ok());
  EXPECT_EQ(npu->program->completed(), 2u);
}

TEST(QnnRun, WorksInPlainMemoryAndSaysSo) {
  const MatmulModel model(TensorType::kQ4_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64, reference_options(), allocate_pages);
  ASSERT_TRUE(npu.ok());
  fill_input(model, *npu, 64);
  const Part part = whole(model, 32);
  ASSERT_TRUE(npu->prepare(model, {&part, 1}).ok());
  ASSERT_TRUE(npu->run({&part, 1}, 32).ok());
  EXPECT_LE(part_error(model, *npu, part, 32), 5e-4);
  ASSERT_EQ(npu->program->notes().size(), 1u);
  EXPECT_THAT(npu->program->notes()[0], HasSubstr("copies them"));
}

TEST(QnnRun, RefusesPartsThatItCannotPlace) {
  const MatmulModel model(TensorType::kQ4_0, 64, 96, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  Part part = whole(model, 64);
  Part outside = part;
  outside.first_row = 1;
  EXPECT_EQ(npu->prepare(model, {&outside, 1}).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(npu->prepare(model, {&part, 1}).ok());
  const Part unknown = whole(model, 32);
  EXPECT_EQ(npu->run({&unknown, 1}, 32).error().code, ErrorCode::kProcessorFailed);
  part.first_token = 8000;  // Far behind the pool's memory.
  EXPECT_EQ(npu->run({&part, 1}, 64).error().code, ErrorCode::kInvalidArgument);
  part.first_token = 0;
  part.input_split[0] = 32;
  EXPECT_EQ(npu->run({&part, 1}, 64).error().code, ErrorCode::kInvalidArgument);
}

TEST(QnnRun, TracesWithTheNpusTimesAndCountsWhatRan) {
  const MatmulModel model(TensorType::kF16, 512, 512, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  fill_input(model, *npu, 64);
  std::vector<Part> parts(3, whole(model, 64));
  parts[1].share = 400;
  parts[1].strategy = Strategy::kWeight;
  ASSERT_TRUE(npu->prepare(model, parts).ok());
  TraceRing ring(4096);
  ASSERT_TRUE(npu->run(parts, 64, 1, &ring).ok());
  std::vector<TraceRecord> records;
  ring.drain([&](const TraceRecord& record) { records.push_back(record); });
  ASSERT_EQ(records.size(), 3u);
  int64_t busy = 0;
  for (const TraceRecord& record : records) {
    EXPECT_EQ(record.track, Track::kNpu);
    EXPECT_LT(record.begin_ns, record.end_ns);
    busy += record.end_ns - record.begin_ns;
  }
  for (size_t i = 1; i < records.size(); ++i) EXPECT_LE(records[i - 1].end_ns, records[i].begin_ns);
  EXPECT_EQ(records[1].share, 400);
  EXPECT_EQ(records[1].strategy, Strategy::kWeight);
  EXPECT_EQ(records[1].flow, 0u);
  EXPECT_EQ(records[2].flow, 7u);
  EXPECT_EQ(npu->program->usage().ops, 3);
  EXPECT_EQ(npu->program->usage().busy_ns, busy);
}

TEST(QnnRun, StopsBetweenPartsWhenCancelled) {
  const MatmulModel model(TensorType::kF16, 64, 96, false);
  auto npu = Npu::make(model.graph, 64);
  ASSERT_TRUE(npu.ok());
  const Part part = whole(model, 32);
  ASSERT_TRUE(npu->prepare(model, {&part, 1}).ok());
  Step step;
  step.shape = {32, 0, 0};
  step.cancel.cancel();
  const auto ended = npu->program->submit({{&part, 1}, 1, true, 0}, step);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(npu->program->completed(), 0u);
}

}  // namespace
}  // namespace tandem::qnn
