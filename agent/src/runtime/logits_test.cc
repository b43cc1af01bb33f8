// Logits of every weight type and family against the independent fp32 path.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "model/testing.h"
#include "runtime/reference_forward.h"
#include "runtime/session.h"

namespace tandem {
namespace {

using testing_model::TemporaryFile;
using testing_model::tiny_model_bytes;
using testing_model::TinyModel;

constexpr double kBar = 5e-4;  // NMSE

std::vector<int32_t> some_tokens(size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t i = 0; i < count; ++i) tokens[i] = static_cast<int32_t>(3 + (i * 37 + i * i * 11) % 256);
  return tokens;
}

struct Loaded {
  explicit Loaded(const TinyModel& model, std::optional<cpu::Isa> isa = {}, int64_t logit_rows = 64,
                  int64_t context = 0)
      : file(tiny_model_bytes(model)) {
    LoadOptions options;
    options.path = file.path();
    options.max_logit_rows = logit_rows;
    options.context = context;
    options.options.cpu = {.threads = 2, .isa = isa};
    auto loaded = Session::load(options, System());
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    if (loaded.ok()) session = std::move(loaded).value();
  }

  std::vector<float> truth(std::span<const int32_t> tokens) const {
    auto gguf = GgufFile::open(file.path());
    return reference_forward(*gguf, session->shape(), tokens, session->context());
  }

  TemporaryFile file;
  std::unique_ptr<Session> session;
};

// Runs tokens in calls of the given lengths and gives all their logits, one after another.
std::vector<float> run_in_parts(Session& session, std::span<const int32_t> tokens,
                                std::span<const size_t> parts) {
  std::vector<float> logits;
  session.truncate(0);
  for (const size_t part : parts) {
    const auto result = session.forward(tokens.first(part), static_cast<int64_t>(part), {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    logits.insert(logits.end(), session.logits().begin(), session.logits().end());
    tokens = tokens.subspan(part);
  }
  return logits;
}

class Logits : public testing::TestWithParam<std::tuple<Family, TensorType>> {};

TEST_P(Logits, AgreeWithTheReferenceWholeInPartsAndTokenByToken) {
  TinyModel model;
  std::tie(model.family, model.type) = GetParam();
  const Loaded loaded(model);
  ASSERT_NE(loaded.session, nullptr);
  const std::vector<int32_t> tokens = some_tokens(40);
  const std::vector<float> truth = loaded.truth(tokens);
  const std::vector<std::vector<size_t>> ways = {{40}, {1, 16, 7, 13, 1, 1, 1}, {33, 1, 1, 1, 1, 1, 1, 1}};
  for (const std::vector<size_t>& parts : ways) {
    const std::vector<float> logits = run_in_parts(*loaded.session, tokens, parts);
    ASSERT_EQ(logits.size(), truth.size());
    EXPECT_LE(nmse(logits, truth), kBar) << "in " << parts.size() << " parts";
  }
}

std::string case_name(const testing::TestParamInfo<std::tuple<Family, TensorType>>& info) {
  return std::string(family_name(std::get<0>(info.param))) + "_" +
         std::string(type_traits(std::get<1>(info.param)).name);
}

INSTANTIATE_TEST_SUITE_P(
    FamiliesAndTypes, Logits,
    testing::Combine(testing::ValuesIn(kFamilies),
                     testing::Values(TensorType::kF32, TensorType::kF16, TensorType::kBF16, TensorType::kQ4_0,
                                     TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1,
                                     TensorType::kQ8_0, TensorType::kQ2_K, TensorType::kQ3_K,
                                     TensorType::kQ4_K, TensorType::kQ5_K, TensorType::kQ6_K)),
    case_name);

void expect_close(const TinyModel& model, std::optional<cpu::Isa> isa = {}, int64_t context = 0) {
  const Loaded loaded(model, isa, 64, context);
  ASSERT_NE(loaded.session, nullptr);
  const std::vector<int32_t> tokens = some_tokens(24);
  const std::vector<size_t> parts = {20, 1, 1, 1, 1};
  EXPECT_LE(nmse(run_in_parts(*loaded.session, tokens, parts), loaded.truth(tokens)), kBar);
}

TEST(Logits, AgreeWithTiedEmbeddings) { expect_close({.type = TensorType::kQ8_0, .tied = true}); }
TEST(Logits, AgreeWithRopeFactors) { expect_close({.rope_freqs = true}); }
TEST(Logits, AgreeWithLinearRopeScaling) { expect_close({.linear_scaling = 4}); }
TEST(Logits, AgreeWithOneLayer) { expect_close({.layers = 1}); }
TEST(Logits, AgreeWithAQueryHeadPerKvHead) { expect_close({.family = Family::kQwen3, .kv_heads = 4}); }

// Heads as in SmolLM, Mistral Nemo, Phi-3 mini and Gemma: groups of three, and heads that together are
// narrower or wider than the embedding.
TEST(Logits, AgreeWithTheHeadsOfRealModels) {
  expect_close({.layers = 1, .embedding = 576, .heads = 9, .kv_heads = 3, .tied = true});
  expect_close({.layers = 1, .embedding = 320, .heads = 4, .kv_heads = 1});
  expect_close({.family = Family::kPhi3, .layers = 1, .embedding = 192, .heads = 2, .head_dim = 96});
  expect_close({.family = Family::kGemma2, .heads = 2, .kv_heads = 1, .head_dim = 256, .tied = true});
}

// Behind five layers with a window and a rotation of their own comes one that sees everything.
TEST(Logits, AgreeWithAGlobalLayerOfGemma3) {
  expect_close({.family = Family::kGemma3, .layers = 7, .linear_scaling = 8});
}

// Which factors phi3 takes depends on the length that it is loaded for.
TEST(Logits, AgreeWithRopeFactorsForShortAndLongContexts) {
  const TinyModel model = {.family = Family::kPhi3, .window = 0, .short_context = 64};
  expect_close(model, {}, 64);
  expect_close(model, {}, 128);
}

TEST(Logits, AgreeOnEveryInstructionSetThatIsHere) {
  for (const cpu::Isa isa : cpu::available_isas()) {
    SCOPED_TRACE(cpu::isa_name(isa));
    for (const Family family : kFamilies) expect_close({.family = family, .type = TensorType::kQ8_0}, isa);
    for (const TensorType type :
         {TensorType::kF32, TensorType::kQ4_0, TensorType::kQ4_K, TensorType::kQ8_0}) {
      expect_close({.type = type}, isa);
    }
  }
}

// A prompt longer than a chunk, whose last token's logits alone are asked for.
TEST(Logits, AgreeAcrossChunks) {
  const Loaded loaded({.type = TensorType::kQ8_0, .layers = 1}, {}, 1);
  ASSERT_NE(loaded.session, nullptr);
  const std::vector<int32_t> tokens = some_tokens(Session::kChunk + 30);
  ASSERT_TRUE(loaded.session->forward(tokens, 1, {}).ok());
  const std::vector<float> truth = loaded.truth(tokens);
  const auto vocabulary = static_cast<size_t>(testing_model::kVocabulary);
  ASSERT_EQ(loaded.session->logits().size(), vocabulary);
  EXPECT_LE(nmse(loaded.session->logits(), std::span(truth).last(vocabulary)), kBar);
}

// Beyond the window a token must not count: without it the logits are others.
TEST(Logits, DependOnTheWindow) {
  for (const Family family : {Family::kPhi3, Family::kGemma2, Family::kGemma3}) {
    const std::vector<int32_t> tokens = some_tokens(24);
    const std::vector<size_t> parts = {24};
    const Loaded windowed({.family = family, .window = 5});
    const Loaded whole({.family = family, .window = 24});
    const std::vector<float> logits = run_in_parts(*windowed.session, tokens, parts);
    EXPECT_LE(nmse(logits, windowed.truth(tokens)), kBar);
    EXPECT_GT(nmse(logits, whole.truth(tokens)), 0.01) << family_name(family);
  }
}

// A check that cannot fail is none: other weights give other logits.
TEST(Logits, DifferForOtherWeights) {
  const Loaded loaded({});
  const Loaded other({.seed = 2});
  ASSERT_NE(loaded.session, nullptr);
  const std::vector<int32_t> tokens = some_tokens(8);
  const std::vector<size_t> parts = {8};
  EXPECT_GT(nmse(run_in_parts(*loaded.session, tokens, parts), other.truth(tokens)), 0.1);
}

}  // namespace
}  // namespace tandem
