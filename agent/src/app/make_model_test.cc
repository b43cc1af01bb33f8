#include "app/make_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "gguf/check_values.h"
#include "gguf/file.h"
#include "model/weights.h"
#include "tensor/convert.h"
#include "tokenizer/tokenizer.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

class MakeModelTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / "tandem_make_model_test_XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    options_.path = folder_ + "/m.gguf";
    options_.shape = *model_preset("tiny");
  }
  void TearDown() override { fs::remove_all(folder_); }

  GgufFile make() {
    const auto made = make_model(options_);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    auto file = GgufFile::open(options_.path);
    EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.error().message);
    return std::move(file).value();
  }
  [[nodiscard]] std::string content() const {
    std::ifstream file(options_.path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder_;
  MakeModelOptions options_;
};

TEST_F(MakeModelTest, EveryTypeAndFamilyHasSaneWeights) {
  for (const Family each : kFamilies) {
    const std::string family(family_name(each));
    options_.family = family;
    for (uint32_t id = 0; id < 64; id++) {
      const auto traits = type_traits(id);
      if (!traits) continue;
      options_.type = traits->type;
      const GgufFile file = make();
      EXPECT_EQ(*file.get_string("general.architecture"), family);
      for (const GgufTensor& tensor : file.tensors())
        EXPECT_TRUE(check_values(tensor.name, tensor.view).ok());
      const auto matrix = file.get_tensor("blk.1.ffn_up.weight");
      ASSERT_TRUE(matrix.ok());
      EXPECT_EQ(matrix->type, traits->type);
      std::vector<float> row(256);
      double squares = 0;
      for (int64_t r = 0; r < matrix->rows; r++) {
        dequantize_row(matrix->type,
                       matrix->bytes.data() + static_cast<size_t>(r) * row_bytes(matrix->type, 256), 256,
                       row.data());
        for (const float weight : row) squares += double{weight} * weight;
      }
      EXPECT_NEAR(std::sqrt(squares / static_cast<double>(matrix->rows)), 1, 0.15)
          << traits->name;  // Unit gain.
    }
  }
}

TEST_F(MakeModelTest, FamiliesHaveTheirOwnTensors) {
  options_.family = "qwen2";
  EXPECT_EQ(make().get_tensor("blk.0.attn_k.bias")->columns, 128);
  options_.family = "qwen3";
  EXPECT_EQ(make().get_tensor("blk.0.attn_q_norm.weight")->columns, 64);
  options_.family = "phi3";
  EXPECT_EQ(make().get_tensor("blk.0.attn_qkv.weight")->rows, 512);
  options_.family = "gemma2";
  EXPECT_EQ(make().get_tensor("blk.0.post_ffw_norm.weight")->columns, 256);
  options_.family = "llama";
  EXPECT_FALSE(make().get_tensor("blk.0.attn_k.bias").ok());
}

TEST_F(MakeModelTest, EveryFamilyIsAModelThatRuns) {
  options_.shape.window = 100;
  for (const Family family : kFamilies) {
    options_.family = family_name(family);
    const GgufFile file = make();
    const auto shape = read_hyper_parameters(file);
    ASSERT_TRUE(shape.ok()) << shape.error().message;
    const auto weights = find_weights(file, *shape);
    EXPECT_TRUE(weights.ok()) << weights.error().message;
    EXPECT_EQ(shape->window, family == Family::kPhi3 || is_gemma(family) ? 100 : 0);
  }
}

TEST_F(MakeModelTest, TheUsualMixGivesSomeTensorsMoreBits) {
  options_.shape.layers = 8;
  options_.type = TensorType::kQ4_K;
  options_.mix = TypeMix::kUsual;
  const GgufFile mixed = make();
  EXPECT_EQ(mixed.get_tensor("token_embd.weight")->type, TensorType::kQ6_K);
  EXPECT_EQ(mixed.get_tensor("blk.0.ffn_down.weight")->type, TensorType::kQ6_K);
  EXPECT_EQ(mixed.get_tensor("blk.1.ffn_down.weight")->type, TensorType::kQ4_K);
  EXPECT_EQ(mixed.get_tensor("blk.0.attn_q.weight")->type, TensorType::kQ4_K);
  options_.shape.tied = false;
  options_.type = TensorType::kQ4_0;
  const GgufFile untied = make();
  EXPECT_EQ(untied.get_tensor("token_embd.weight")->type, TensorType::kQ4_0);
  EXPECT_EQ(untied.get_tensor("output.weight")->type, TensorType::kQ6_K);
}

TEST_F(MakeModelTest, TheTokenizerWorks) {
  options_.shape.vocabulary = 5000;
  const auto tokenizer = Tokenizer::create(make());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->vocabulary_size(), 5000);
  const std::string text = "The quick brown fox: 100 % of \u65E5\u672C!";
  const auto tokens = tokenizer->encode(text);
  ASSERT_TRUE(tokens.ok());
  EXPECT_LT(tokens->size(), text.size());
  std::string back;
  for (const int32_t token : *tokens) back += tokenizer->token_bytes(token);
  EXPECT_EQ(back, text);
  EXPECT_EQ(tokenizer->encode("<|im_end|>")->size(), 1u);
  EXPECT_TRUE(tokenizer->is_end_of_generation(*tokenizer->eos()));
}

TEST_F(MakeModelTest, TheSeedDecides) {
  make();
  const std::string first = content();
  make();
  EXPECT_EQ(content(), first);
  options_.seed = 1;
  make();
  EXPECT_NE(content(), first);
}

TEST_F(MakeModelTest, PresetsFitTogether) {
  for (const char* name : {"1b", "tinyllama", "tiny"}) {
    const auto shape = model_preset(name);
    ASSERT_TRUE(shape.ok());
    EXPECT_EQ(shape->embedding, shape->heads * shape->head_dim);
  }
  EXPECT_EQ(model_preset("7b").error().code, ErrorCode::kNotFound);
  make();
  EXPECT_LT(fs::file_size(options_.path), 2u << 20);
}

TEST_F(MakeModelTest, SaysWhatDoesNotFit) {
  const auto refused = [&](const auto& change) {
    MakeModelOptions wrong = options_;
    change(wrong);
    const auto made = make_model(wrong);
    return made.ok() ? std::string("ok") : std::string(error_code_name(made.error().code));
  };
  EXPECT_EQ(refused([](auto& o) { o.family = "gemma"; }), "invalid-argument");
  EXPECT_EQ(refused([](auto& o) { o.shape.kv_heads = 3; }), "invalid-argument");
  EXPECT_EQ(refused([](auto& o) { o.shape.layers = 0; }), "invalid-argument");
  EXPECT_EQ(refused([](auto& o) { o.shape.vocabulary = 100; }), "invalid-argument");
  EXPECT_EQ(refused([](auto& o) { o.shape.feed_forward = 100; }), "invalid-argument");
  EXPECT_EQ(refused([](auto& o) { o.path = "/nowhere/at/all/m.gguf"; }), "file-unwritable");
}

}  // namespace
}  // namespace tandem::app
