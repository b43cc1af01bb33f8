#include "runtime/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/testing.h"
#include "runtime/bench.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing_model::TemporaryFile;
using testing_model::tiny_model_bytes;
using testing_model::TinyModel;

const System kSystem;

Result<std::unique_ptr<Session>> load(const std::string& path, int64_t context = 0) {
  LoadOptions options;
  options.path = path;
  options.context = context;
  options.options.cpu.threads = 2;
  return Session::load(options, kSystem);
}

class Generate : public testing::Test {
 protected:
  void open(const TinyModel& model, int64_t context = 0) {
    file_ = std::make_unique<TemporaryFile>(tiny_model_bytes(model));
    auto loaded = load(file_->path(), context);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    session_ = std::move(loaded).value();
  }

  GenerateOutcome run(const std::string& prompt, int64_t max_tokens = 8, std::vector<std::string> stop = {}) {
    GenerateRequest request;
    request.prompt = prompt;
    request.max_tokens = max_tokens;
    request.stop = std::move(stop);
    auto outcome = generate(*session_, request, kSystem, {});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? *outcome : GenerateOutcome{};
  }

  Error fail(const GenerateRequest& request) {
    auto outcome = generate(*session_, request, kSystem, {});
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? Error{} : outcome.error();
  }

  std::unique_ptr<TemporaryFile> file_;
  std::unique_ptr<Session> session_;
};

TEST_F(Generate, GivesTheSameTextFromAWarmCacheAsFromACold) {
  open({.type = TensorType::kQ8_0});
  const std::string prompt = "The agent talks to the extension";
  const GenerateOutcome cold = run(prompt);
  EXPECT_EQ(cold.stats.cached_tokens, 0);
  const GenerateOutcome warm = run(prompt);
  EXPECT_EQ(warm.stats.cached_tokens, cold.stats.prompt_tokens - 1);
  EXPECT_EQ(warm.text, cold.text);
  const GenerateOutcome longer = run(prompt + " over stdin");
  EXPECT_GE(longer.stats.cached_tokens, cold.stats.prompt_tokens);
  session_->truncate(0);
  EXPECT_EQ(run(prompt + " over stdin").text, longer.text);
  EXPECT_EQ(run("Something else").stats.cached_tokens, 1) << "the begin token";
}

TEST_F(Generate, CountsAndTimes) {
  open({});
  const GenerateOutcome outcome = run("abc", 5);
  EXPECT_EQ(outcome.stats.prompt_tokens, 4);
  EXPECT_EQ(outcome.stats.generated_tokens, 5);
  EXPECT_EQ(outcome.finish, Finish::kMaxTokens);
  EXPECT_TRUE(outcome.detail.empty());
  EXPECT_GT(outcome.stats.time_to_first_token_ms, 0);
  EXPECT_GT(outcome.stats.prefill_tokens_per_second, 0);
  EXPECT_GT(outcome.stats.decode_tokens_per_second, 0);
  EXPECT_GT(outcome.stats.peak_memory_bytes, 0);
  ASSERT_EQ(outcome.ran_on.size(), 1U);
  // Every op of the graph once for the prompt and once for each token after the first.
  EXPECT_EQ(outcome.ran_on[0].ops, 5 * static_cast<int64_t>(session_->graph().ops.size()));
  EXPECT_EQ(outcome.ran_on[0].share, 1);
}

TEST_F(Generate, EndsBeforeAStopString) {
  open({});
  const std::string whole = run("Tell me", 24).text;
  ASSERT_GT(whole.size(), 3U);
  const std::string stop = whole.substr(whole.size() / 2, 2);
  session_->truncate(0);
  const GenerateOutcome stopped = run("Tell me", 24, {stop});
  EXPECT_EQ(stopped.finish, Finish::kStopString);
  EXPECT_EQ(stopped.text, whole.substr(0, whole.find(stop)));
}

TEST_F(Generate, RefusesAPromptThatIsLongerThanTheContext) {
  open({}, 16);
  const Error error = fail({.prompt = "This prompt has more than sixteen tokens"});
  EXPECT_EQ(error.code, ErrorCode::kPromptTooLong);
  EXPECT_THAT(error.message, HasSubstr("41 tokens"));
  EXPECT_THAT(error.message, HasSubstr("holds 16"));
}

TEST_F(Generate, EndsWhereTheContextIsFull) {
  open({}, 16);
  const GenerateOutcome outcome = run("nine char", 100);
  EXPECT_EQ(outcome.stats.prompt_tokens, 10);
  EXPECT_EQ(outcome.finish, Finish::kContextFull);
  EXPECT_EQ(outcome.stats.generated_tokens, 7) << "six more fit, and the last needs no place";
  EXPECT_THAT(outcome.detail, HasSubstr("16 tokens is full"));
}

TEST_F(Generate, KeepsTheTextOfACancelledRun) {
  open({});
  GenerateRequest request;
  request.prompt = "abc";
  request.max_tokens = 400;
  GenerateHooks hooks;
  std::string streamed;
  hooks.token = [&](const GeneratedToken& token) {
    streamed += token.text;
    if (token.index == 3) hooks.cancel.cancel();
  };
  const auto outcome = generate(*session_, request, kSystem, hooks);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->finish, Finish::kCancelled);
  EXPECT_EQ(outcome->stats.generated_tokens, 4);
  EXPECT_EQ(outcome->text, streamed);
  // What is cached is right: the next run gives what a fresh one gives.
  const std::string again = run("abc", 12).text;
  session_->truncate(0);
  EXPECT_EQ(run("abc", 12).text, again);
}

TEST_F(Generate, CanBeCancelledInThePrompt) {
  open({});
  GenerateRequest request;
  request.prompt = std::string(300, 'x');
  GenerateHooks hooks;
  hooks.progress = [&](std::string_view stage, int64_t done, int64_t) {
    if (stage == "prefill" && done == Session::kChunk) hooks.cancel.cancel();
  };
  const auto outcome = generate(*session_, request, kSystem, hooks);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->finish, Finish::kCancelled);
  EXPECT_EQ(outcome->stats.generated_tokens, 0);
  EXPECT_EQ(session_->cached().size(), static_cast<size_t>(Session::kChunk));
}

TEST_F(Generate, RefusesNonsense) {
  open({});
  EXPECT_EQ(fail({.prompt = "a", .max_tokens = 0}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fail({.prompt = "", .encode = {.add_bos = AddBos::kNever}}).code, ErrorCode::kInvalidArgument);
  GenerateRequest sampler;
  sampler.prompt = "a";
  sampler.sampler.temperature = -1;
  EXPECT_EQ(fail(sampler).code, ErrorCode::kInvalidArgument);
}

TEST_F(Generate, SaysThatLogitsAreNotNumbers) {
  // Finite weights whose product is not: only the logits show it.
  std::string bytes = tiny_model_bytes({});
  const auto file = GgufFile::parse(std::as_bytes(std::span(bytes.data(), bytes.size())));
  const TensorView view = file->find_tensor("output_norm.weight")->view;
  const size_t at = static_cast<size_t>(view.bytes.data() - reinterpret_cast<const std::byte*>(bytes.data()));
  for (size_t i = 0; i < view.bytes.size(); i += 4) {
    const float huge = i % 8 == 0 ? 3e38F : -3e38F;
    std::memcpy(bytes.data() + at + i, &huge, 4);
  }
  file_ = std::make_unique<TemporaryFile>(bytes);
  auto loaded = load(file_->path());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  session_ = std::move(loaded).value();
  EXPECT_EQ(fail({.prompt = "abc"}).code, ErrorCode::kModelBadValues);
}

TEST_F(Generate, ReportsMemoryByPurpose) {
  open({.type = TensorType::kQ4_0, .tied = true}, 64);
  const MemoryUse& use = session_->summary().memory;
  int64_t weights = 0;
  for (const auto& [type, bytes] : session_->summary().weight_bytes_by_type) weights += bytes;
  EXPECT_GE(use.weights_repacked, weights) << "packed once, tied or not";
  EXPECT_LE(use.weights_repacked, weights * 11 / 10);
  EXPECT_EQ(use.weights_mapped, 0);
  EXPECT_EQ(use.kv_cache, 2 * 2 * 64 * 128 * 2);
  EXPECT_GT(use.activations, 0);
  EXPECT_GT(use.tokenizer, 0);
  EXPECT_EQ(use.total(), use.weights_repacked + use.kv_cache + use.activations + use.tokenizer);
}

TEST(Load, PlansTheCacheThatIsMade) {
  const auto processor = cpu::CpuProcessor::create({.threads = 1}, System());
  ASSERT_TRUE(processor.ok()) << processor.error().message;
  for (const int32_t head_dim : {8, 24, 64}) {  // Kept in multiples of 16.
    HyperParameters shape;
    shape.layers = 3;
    shape.heads = shape.kv_heads = 2;
    shape.head_dim = head_dim;
    const auto cache = (*processor)->make_cache(shape, 100);
    ASSERT_TRUE(cache.ok()) << cache.error().message;
    EXPECT_LE(kv_cache_bytes(shape, 100), (*cache)->bytes());
    EXPECT_GE(kv_cache_bytes(shape, 100), 2 * 3 * 100 * 2 * ((head_dim + 15) / 16 * 16) * 2);
  }
}

TEST(Load, NamesTheTensorWhoseValuesAreBad) {
  for (const TensorType type : {TensorType::kF32, TensorType::kQ4_0, TensorType::kQ4_K}) {
    const TemporaryFile file(tiny_model_bytes({.type = type, .spoil = "blk.1.ffn_up.weight"}));
    const auto loaded = load(file.path());
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::kModelBadValues);
    EXPECT_THAT(loaded.error().message, HasSubstr("blk.1.ffn_up"));
  }
}

TEST(Load, RefusesWhatDoesNotFitWithTheNumbers) {
  const TemporaryFile file(tiny_model_bytes({}));
  // A machine with 1 MB free.
  const std::filesystem::path root = std::filesystem::path(file.path() + ".root");
  std::filesystem::create_directories(root / "proc");
  std::ofstream(root / "proc/meminfo") << "MemTotal: 8000 kB\nMemAvailable: 1000 kB\n";
  LoadOptions options;
  options.path = file.path();
  const auto loaded = Session::load(options, System(root.string()));
  std::filesystem::remove_all(root);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kModelDoesNotFit);
  EXPECT_EQ(loaded.error().context.at("availableBytes"), "1024000");
  EXPECT_THAT(loaded.error().message, HasSubstr("1 MB are available"));
}

TEST(Load, ChoosesAndChecksTheContext) {
  const TemporaryFile file(tiny_model_bytes({.context = 100}));
  const auto own = load(file.path());
  ASSERT_TRUE(own.ok());
  EXPECT_EQ((*own)->context(), 100);
  const auto longer = load(file.path(), 300);
  ASSERT_TRUE(longer.ok());
  ASSERT_EQ((*longer)->summary().notes.size(), 1U);
  EXPECT_THAT((*longer)->summary().notes[0], HasSubstr("longer than the 100"));
  EXPECT_EQ(load(file.path(), -1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(load("/nowhere.gguf").error().code, ErrorCode::kFileNotFound);
}

TEST(Load, CanBeCancelled) {
  const TemporaryFile file(tiny_model_bytes({}));
  LoadOptions options;
  options.path = file.path();
  const CancelToken cancel;
  const auto progress = [&](std::string_view stage, int64_t, int64_t) {
    if (stage == "repack") cancel.cancel();
  };
  const auto loaded = Session::load(options, kSystem, progress, cancel);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kCancelled);
}

TEST_F(Generate, BenchMeasuresEachLength) {
  open({});
  const auto rows = bench(*session_, {.prefill = {8, 16}, .decode = {4}, .repetitions = 3}, {}, {});
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].test, "pp8");
  EXPECT_EQ((*rows)[2].test, "tg4");
  for (const BenchRow& row : *rows) {
    ASSERT_EQ(row.samples.size(), 3U);
    EXPECT_GT(row.median, 0);
    EXPECT_GT(row.ran_on[0].ops, 0);
  }
  EXPECT_EQ(bench(*session_, {.prefill = {100000}}, {}, {}).error().code, ErrorCode::kInvalidArgument);
}

// A model trained by others: its text is known.
class Stories : public testing::TestWithParam<std::string> {};

TEST_P(Stories, ContinueAsTheyDoElsewhere) {
  const std::string path =
      std::string(TANDEM_SHARED_DATA) + "/stories260K/stories260K-" + GetParam() + ".gguf";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path << ": it is not part of the repository";
  auto session = load(path);
  ASSERT_TRUE(session.ok()) << session.error().message;
  GenerateRequest request;
  request.prompt = "Once upon a time";
  request.max_tokens = 40;
  const auto outcome = generate(**session, request, kSystem, {});
  ASSERT_TRUE(outcome.ok());
  const std::string known =
      GetParam() == "q4_0mix"
          ? ", there was a little girl named Lily. She loved to play outside in the"
          : ", there was a little girl named Lily. She loved to play outside in the park.";
  EXPECT_EQ(outcome->text.substr(0, known.size()), known);
}

INSTANTIATE_TEST_SUITE_P(Types, Stories, testing::Values("f32", "q8_0mix", "q4_0mix"),
                         [](const auto& stories) { return stories.param; });

// Our own model answers greedily as it did where it was trained.
TEST(DemoModel, AnswersAsItsReferenceSays) {
  const std::string model = std::string(TANDEM_MEDIA) + "/demo-model/tandem-demo.gguf";
  const std::string reference = std::string(TANDEM_MEDIA) + "/../tools/demo-model/reference.json";
  if (!std::filesystem::exists(model) || !std::filesystem::exists(reference)) {
    GTEST_SKIP() << "no demo model or no " << reference;
  }
  auto session = load(model);
  ASSERT_TRUE(session.ok()) << session.error().message;
  std::ifstream file(reference);
  const nlohmann::json entries = nlohmann::json::parse(file).at("entries");
  ASSERT_GT(entries.size(), 0U);
  for (const nlohmann::json& entry : entries) {
    SCOPED_TRACE(entry.at("question").get<std::string>());
    GenerateRequest request;
    request.prompt = entry.at("prompt").get<std::string>();
    const auto tokens = (*session)->tokenizer().encode(request.prompt, request.encode);
    ASSERT_TRUE(tokens.ok());
    EXPECT_EQ(*tokens, entry.at("prompt_ids").get<std::vector<int32_t>>());
    std::vector<int32_t> made;
    GenerateHooks hooks;
    hooks.token = [&](const GeneratedToken& token) { made.push_back(token.token); };
    request.max_tokens = 256;
    const auto outcome = generate(**session, request, kSystem, hooks);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->text, entry.at("answer").get<std::string>());
    EXPECT_EQ(outcome->finish, Finish::kEndToken);
  }
}

}  // namespace
}  // namespace tandem
