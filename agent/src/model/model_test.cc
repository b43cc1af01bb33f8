#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gguf/testing.h"
#include "model/hyper_parameters.h"
#include "model/testing.h"
#include "model/weights.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing_gguf::as_bytes;
using testing_model::tiny_model_bytes;
using testing_model::TinyModel;

Result<Weights> read(const std::string& bytes) {
  TANDEM_ASSIGN(const GgufFile file, GgufFile::parse(as_bytes(bytes)));
  TANDEM_ASSIGN(const HyperParameters shape, read_hyper_parameters(file));
  return find_weights(file, shape);
}

// Metadata alone: what is refused before a tensor is looked at.
Error refused(const std::vector<std::pair<std::string, uint32_t>>& numbers,
              const std::string& family = "llama", const std::string& scaling = "") {
  GgufWriter writer;
  writer.add_string("general.architecture", family);
  if (!scaling.empty()) writer.add_string(family + ".rope.scaling.type", scaling);
  writer.add_f32(family + ".attention.layer_norm_rms_epsilon", 1e-5F);
  for (const auto& [key, value] : numbers) writer.add_u32(key, value);
  const std::string bytes = writer.header();
  const auto file = GgufFile::parse(as_bytes(bytes));
  EXPECT_TRUE(file.ok()) << file.error().message;
  const auto shape = read_hyper_parameters(*file);
  EXPECT_FALSE(shape.ok());
  return shape.ok() ? Error{} : shape.error();
}

std::vector<std::pair<std::string, uint32_t>> numbers(const std::string& changed = "", uint32_t value = 0) {
  std::vector<std::pair<std::string, uint32_t>> all = {{"llama.block_count", 2},
                                                       {"llama.embedding_length", 64},
                                                       {"llama.feed_forward_length", 128},
                                                       {"llama.attention.head_count", 4},
                                                       {"llama.attention.head_count_kv", 2},
                                                       {"llama.context_length", 128}};
  for (auto& [key, number] : all) {
    if (key == changed) number = value;
  }
  return all;
}

TEST(HyperParameters, AreReadWithTheirDefaults) {
  const std::string bytes = tiny_model_bytes({.family = Family::kQwen3, .linear_scaling = 4});
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.ok());
  const auto shape = read_hyper_parameters(*file);
  ASSERT_TRUE(shape.ok()) << shape.error().message;
  EXPECT_EQ(shape->family, Family::kQwen3);
  EXPECT_EQ(shape->rope_style, RopeStyle::kSplitHalf);
  EXPECT_EQ(shape->rope_dims, 64);
  EXPECT_FLOAT_EQ(shape->rope_scale, 0.25F);
  EXPECT_EQ(shape->vocabulary, testing_model::kVocabulary);
  EXPECT_EQ(shape->query_width(), 256);
  EXPECT_EQ(shape->kv_width(), 128);
}

TEST(HyperParameters, RefuseAnotherFamilyByName) {
  const Error error = refused({}, "mamba");
  EXPECT_EQ(error.code, ErrorCode::kModelFamilyUnsupported);
  EXPECT_THAT(error.message, HasSubstr("mamba"));
  EXPECT_THAT(error.message, HasSubstr("llama, qwen2 and qwen3"));
}

TEST(HyperParameters, RefuseExpertsAndContextExtension) {
  auto with_experts = numbers();
  with_experts.emplace_back("llama.expert_count", 8);
  EXPECT_EQ(refused(with_experts).code, ErrorCode::kModelFamilyUnsupported);
  EXPECT_EQ(refused(numbers(), "llama", "yarn").code, ErrorCode::kUnsupported);
}

TEST(HyperParameters, NameTheKeyThatIsMissing) {
  auto without = numbers();
  without.erase(without.begin() + 2);
  const Error error = refused(without);
  EXPECT_EQ(error.code, ErrorCode::kModelIncomplete);
  EXPECT_THAT(error.message, HasSubstr("llama.feed_forward_length"));
}

TEST(HyperParameters, RefuseSizesThatNoModelHas) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, uint32_t>>{{"llama.block_count", 0},
                                                     {"llama.block_count", 4000000000},
                                                     {"llama.embedding_length", 0},
                                                     {"llama.attention.head_count", 0},
                                                     {"llama.attention.head_count_kv", 3},
                                                     {"llama.attention.head_count", 500},
                                                     {"llama.context_length", 0}}) {
    const Error error = refused(numbers(key, value));
    EXPECT_EQ(error.code, ErrorCode::kModelBadValues) << key;
  }
}

TEST(Weights, AreFoundForEveryFamily) {
  for (const Family family : {Family::kLlama, Family::kQwen2, Family::kQwen3}) {
    const auto weights = read(tiny_model_bytes({.family = family}));
    ASSERT_TRUE(weights.ok()) << weights.error().message;
    EXPECT_EQ(weights->layers.size(), 2U);
    EXPECT_NE(weights->output, weights->token_embd);
    EXPECT_EQ(weights->layers[0].attn_q_bias != kNoWeight, family == Family::kQwen2);
    EXPECT_EQ(weights->layers[0].attn_q_norm != kNoWeight, family == Family::kQwen3);
  }
}

TEST(Weights, OfTheOutputMayBeThoseOfTheEmbedding) {
  const auto weights = read(tiny_model_bytes({.tied = true}));
  ASSERT_TRUE(weights.ok());
  EXPECT_EQ(weights->output, weights->token_embd);
}

TEST(Weights, NameTheTensorThatIsMissing) {
  const auto weights = read(tiny_model_bytes({.leave_out = "blk.1.ffn_up.weight"}));
  ASSERT_FALSE(weights.ok());
  EXPECT_EQ(weights.error().code, ErrorCode::kModelIncomplete);
  EXPECT_THAT(weights.error().message, HasSubstr("blk.1.ffn_up"));
}

TEST(Weights, SayBothShapesWhereOneIsWrong) {
  // The file's tensors are of 256 columns, its metadata speak of another head size.
  std::string bytes = tiny_model_bytes({});
  const std::string key = "llama.attention.head_count_kv";
  const size_t at = bytes.find(key) + key.size() + 4;
  bytes[at] = 4;
  const auto weights = read(bytes);
  ASSERT_FALSE(weights.ok());
  EXPECT_EQ(weights.error().code, ErrorCode::kModelIncomplete);
  EXPECT_THAT(weights.error().message, HasSubstr("[128, 256]"));
  EXPECT_THAT(weights.error().message, HasSubstr("[256, 256]"));
}

TEST(Weights, ThatNobodyReadsAreRefused) {
  // A bias that the family does not have would silently change every answer.
  std::string bytes = tiny_model_bytes({.family = Family::kQwen2});
  for (size_t at = bytes.find("attn_k.bias"); at != std::string::npos; at = bytes.find("attn_k.bias", at)) {
    bytes.replace(at, 11, "attn_k.mass");
  }
  const auto weights = read(bytes);
  ASSERT_FALSE(weights.ok());
  EXPECT_EQ(weights.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(weights.error().message, HasSubstr("attn_k.mass"));
}

}  // namespace
}  // namespace tandem
