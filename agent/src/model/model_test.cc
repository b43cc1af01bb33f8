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

HyperParameters shape_of(const TinyModel& model) {
  const std::string bytes = tiny_model_bytes(model);
  const auto file = GgufFile::parse(as_bytes(bytes));
  const auto shape = read_hyper_parameters(*file);
  EXPECT_TRUE(shape.ok()) << shape.error().message;
  return shape.ok() ? *shape : HyperParameters{};
}

TEST(HyperParameters, OfGemmaHaveWindowsCapsAndScales) {
  const HyperParameters gemma2 = shape_of({.family = Family::kGemma2});
  EXPECT_EQ(gemma2.window, 11);
  EXPECT_TRUE(gemma2.is_local(0));
  EXPECT_FALSE(gemma2.is_local(1));
  EXPECT_FLOAT_EQ(gemma2.attention_softcap, 2);
  EXPECT_FLOAT_EQ(gemma2.logit_softcap, 1.5F);
  EXPECT_FLOAT_EQ(gemma2.embedding_scale, 16);
  EXPECT_FLOAT_EQ(gemma2.score_scale(), 0.125F);
  const HyperParameters gemma3 = shape_of({.family = Family::kGemma3, .linear_scaling = 8});
  EXPECT_EQ(gemma3.attention_softcap, 0);
  EXPECT_EQ(gemma3.logit_softcap, 0);
  EXPECT_FLOAT_EQ(gemma3.rope_base_of(true), 10000);
  EXPECT_FLOAT_EQ(gemma3.rope_scale_of(true), 1);
  EXPECT_FLOAT_EQ(gemma3.rope_scale_of(false), 0.125F);
  // The 27B models scale queries by the embedding's share of a head.
  const TinyModel large = {.family = Family::kGemma2, .layers = 46, .embedding = 64, .feed_forward = 32};
  EXPECT_FLOAT_EQ(shape_of(large).score_scale(), 0.25F);
}

TEST(HyperParameters, SayWhatIsWrongWithAFamilysOwnKeys) {
  const auto refused_file = [](TinyModel model, const std::string& key, const std::string& as) {
    std::string bytes = tiny_model_bytes(model);
    const size_t at = bytes.find(key);
    EXPECT_NE(at, std::string::npos) << key;
    bytes.replace(at, as.size(), as);
    const auto weights = read(bytes);
    EXPECT_FALSE(weights.ok()) << key;
    return weights.ok() ? Error{} : weights.error();
  };
  // A value of a kind or size that no model has.
  std::string huge = "gemma3.attention.sliding_window";
  huge += std::string("\x04\0\0\0\xff\xff\xff\xff", 8);
  Error error = refused_file({.family = Family::kGemma3}, "gemma3.attention.sliding_window", huge);
  EXPECT_EQ(error.code, ErrorCode::kModelBadValues);
  EXPECT_THAT(error.message, HasSubstr("gemma3.attention.sliding_window"));
  std::string negative = "gemma2.attn_logit_softcapping";
  negative += std::string("\x06\0\0\0\0\0\x80\xbf", 8);  // -1
  error = refused_file({.family = Family::kGemma2}, "gemma2.attn_logit_softcapping", negative);
  EXPECT_EQ(error.code, ErrorCode::kModelBadValues);
  EXPECT_THAT(error.message, HasSubstr("gemma2.attn_logit_softcapping is -1"));
  // Keys that are not there, by another name.
  const TinyModel phi3 = {.family = Family::kPhi3, .short_context = 64};
  error = refused_file(phi3, "phi3.rope.scaling.original", "phi3.rope.scaling.abnormal");
  EXPECT_EQ(error.code, ErrorCode::kModelIncomplete);
  EXPECT_THAT(error.message, HasSubstr("phi3.rope.scaling.original_context_length"));
  TinyModel half = phi3;
  half.leave_out = "rope_factors_long.weight";
  error = refused_file(half, "phi3.rope", "phi3.rope");
  EXPECT_EQ(error.code, ErrorCode::kModelIncomplete);
  EXPECT_THAT(error.message, HasSubstr("rope_factors_long"));
  // Tensors that the family needs.
  for (const char* name : {"blk.0.post_ffw_norm", "blk.1.post_attention_norm"}) {
    const TinyModel model = {.family = Family::kGemma2, .leave_out = std::string(name) + ".weight"};
    EXPECT_THAT(refused_file(model, "gemma2", "gemma2").message, HasSubstr(name));
  }
  TinyModel unfused = {.family = Family::kPhi3, .leave_out = "blk.0.attn_qkv.weight"};
  EXPECT_THAT(refused_file(unfused, "phi3", "phi3").message, HasSubstr("blk.0.attn_q"));
}

TEST(HyperParameters, RefuseAnotherFamilyByName) {
  const Error error = refused({}, "mamba");
  EXPECT_EQ(error.code, ErrorCode::kModelFamilyUnsupported);
  EXPECT_THAT(error.message, HasSubstr("mamba"));
  EXPECT_THAT(error.message, HasSubstr("llama, qwen2, qwen3, internlm2, phi3, gemma2 and gemma3"));
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
  for (const Family family : kFamilies) {
    const auto weights = read(tiny_model_bytes({.family = family}));
    ASSERT_TRUE(weights.ok()) << weights.error().message;
    EXPECT_EQ(weights->layers.size(), 2U);
    EXPECT_NE(weights->output, weights->token_embd);
    EXPECT_EQ(weights->layers[0].attn_q_bias != kNoWeight, family == Family::kQwen2);
    const bool head_norms = family == Family::kQwen3 || family == Family::kGemma3;
    EXPECT_EQ(weights->layers[0].attn_q_norm != kNoWeight, head_norms);
    EXPECT_EQ(weights->layers[0].ffn_post_norm != kNoWeight, is_gemma(family));
  }
}

TEST(Weights, OfPhi3AreRowsOfFusedTensors) {
  const std::string bytes = tiny_model_bytes({.family = Family::kPhi3, .type = TensorType::kQ4_0});
  const auto weights = read(bytes);
  ASSERT_TRUE(weights.ok()) << weights.error().message;
  const LayerWeights& layer = weights->layers[1];
  const auto end = [&](WeightId id) {
    return weights->view(id).bytes.data() + weights->view(id).bytes.size();
  };
  EXPECT_EQ(weights->view(layer.attn_q).rows, 256);
  EXPECT_EQ(weights->view(layer.attn_v).rows, 128);
  EXPECT_EQ(weights->view(layer.attn_k).bytes.data(), end(layer.attn_q));
  EXPECT_EQ(weights->view(layer.attn_v).bytes.data(), end(layer.attn_k));
  EXPECT_EQ(weights->view(layer.ffn_up).bytes.data(), end(layer.ffn_gate));
  EXPECT_EQ(weights->name(layer.ffn_gate), "blk.1.ffn_up");
}

TEST(Weights, OfPhi3GoByTheContext) {
  const std::string bytes = tiny_model_bytes({.family = Family::kPhi3, .short_context = 64});
  const auto file = GgufFile::parse(as_bytes(bytes));
  const auto shape = read_hyper_parameters(*file);
  ASSERT_TRUE(shape.ok()) << shape.error().message;
  EXPECT_FLOAT_EQ(shape->rope_magnitude, 1.19F);
  auto weights = find_weights(*file, *shape);
  ASSERT_TRUE(weights.ok()) << weights.error().message;
  choose_rope_factors(*shape, 64, *weights);
  EXPECT_EQ(weights->name(weights->rope_freqs), "rope_factors_short");
  choose_rope_factors(*shape, 65, *weights);
  EXPECT_EQ(weights->name(weights->rope_freqs), "rope_factors_long");
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
