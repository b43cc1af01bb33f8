// Every kind of part x tensor type x length through the interface, against fp32 loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "backends/qnn/testing.h"

namespace tandem::qnn {
namespace {

using namespace testing;  // NOLINT

constexpr int64_t kRows = 99, kColumns = 256, kSplit = 35, kMostTokens = 300;
constexpr int64_t kLengths[] = {1, 2, 31, 32, 33, 64, 135, 256, 300};
constexpr double kMostError = 5e-4;

int64_t padded(int64_t tokens) { return (tokens + 31) / 32 * 32; }

Part piece(const MatmulModel& model, int64_t first, int64_t tokens) {
  Part part = whole(model, tokens);
  part.first_token = first;
  return part;
}

Part block(const MatmulModel& model, bool second, int64_t tokens, int64_t padded_tokens) {
  Part part = whole(model, tokens);
  part.first_row = second ? kSplit : 0;
  part.rows = second ? kRows - kSplit : kSplit;
  part.padded_tokens = padded_tokens;
  part.output_split = kSplit;
  return part;
}

// All parts that one step of this length can be cut into, each way one list.
std::vector<std::vector<Part>> placements(const MatmulModel& model, int64_t tokens) {
  Part pad = whole(model, tokens);
  pad.padded_tokens = padded(tokens);
  std::vector<std::vector<Part>> all = {
      {whole(model, tokens)},
      {pad},
      {block(model, false, tokens, tokens), block(model, true, tokens, tokens)},
      {block(model, false, tokens, tokens), block(model, true, tokens, padded(tokens))},
  };
  if (tokens > 32) {
    std::vector<Part> pieces;
    for (int64_t first = 0; first < tokens; first += 32)
      pieces.push_back(piece(model, first, std::min<int64_t>(32, tokens - first)));
    all.push_back(std::move(pieces));
  }
  return all;
}

class QnnMatmul : public ::testing::TestWithParam<std::pair<TensorType, bool>> {};

TEST_P(QnnMatmul, EveryPartEqualsPlainLoops) {
  const auto [type, has_bias] = GetParam();
  const MatmulModel model(type, kRows, kColumns, has_bias);
  auto npu = Npu::make(model.graph, padded(kMostTokens));
  ASSERT_TRUE(npu.ok()) << npu.error().message;
  fill_input(model, *npu, padded(kMostTokens));
  std::vector<Part> wanted;
  for (const int64_t tokens : kLengths) {
    for (const auto& parts : placements(model, tokens))
      wanted.insert(wanted.end(), parts.begin(), parts.end());
  }
  const auto prepared = npu->prepare(model, wanted);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  EXPECT_TRUE(npu->program->notes().empty()) << npu->program->notes().front();
  uint64_t number = 0;
  for (const int64_t tokens : kLengths) {
    for (const auto& parts : placements(model, tokens)) {
      std::fill_n(npu->output(), padded(kMostTokens) * kRows, NAN);
      const auto ran = npu->run(parts, tokens, ++number);
      ASSERT_TRUE(ran.ok()) << ran.error().message;
      EXPECT_EQ(npu->program->completed(), number);
      for (const Part& part : parts)
        EXPECT_LE(part_error(model, *npu, part, tokens), kMostError)
            << "tokens " << tokens << " first " << part.first_token << " row " << part.first_row << " padded "
            << part.padded_tokens;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, QnnMatmul,
    ::testing::Values(std::pair(TensorType::kF32, false), std::pair(TensorType::kF32, true),
                      std::pair(TensorType::kF16, false), std::pair(TensorType::kBF16, false),
                      std::pair(TensorType::kQ4_0, true), std::pair(TensorType::kQ4_1, false),
                      std::pair(TensorType::kQ5_0, false), std::pair(TensorType::kQ5_1, false),
                      std::pair(TensorType::kQ8_0, false), std::pair(TensorType::kQ2_K, false),
                      std::pair(TensorType::kQ3_K, false), std::pair(TensorType::kQ4_K, false),
                      std::pair(TensorType::kQ5_K, false), std::pair(TensorType::kQ6_K, false)),
    [](const auto& suite) {
      return std::string(type_traits(suite.param.first).name) + (suite.param.second ? "_bias" : "");
    });

// Some NPUs multiply fp16 weights with fp16 activations only: the graph then casts.
TEST(QnnMatmulForms, CastsWhereTheProviderTakesEqualTypesOnly) {
  const Environment equal("TANDEM_NPU_MIXED", "0");
  for (const bool has_bias : {false, true}) {
    const MatmulModel model(TensorType::kQ8_0, kRows, kColumns, has_bias);
    auto npu = Npu::make(model.graph, 64);
    ASSERT_TRUE(npu.ok()) << npu.error().message;
    fill_input(model, *npu, 64);
    const std::vector<Part> parts = {whole(model, 1), block(model, true, 33, 64)};
    const auto prepared = npu->prepare(model, parts);
    ASSERT_TRUE(prepared.ok()) << prepared.error().message;
    for (const Part& part : parts) {
      ASSERT_TRUE(npu->run({&part, 1}, part.tokens).ok());
      EXPECT_LE(part_error(model, *npu, part, part.tokens), kMostError);
    }
  }
}

// int8 has one scale for each row and token: coarser, and said so. int4 is compared with what 4 bits can
// hold.
TEST(QnnMatmulForms, IntegerWeightsAreUsedWhereTheSettingsAskAndSaid) {
  const MatmulModel model(TensorType::kF16, kRows, kColumns, true);
  using Case = std::tuple<WeightForm, const char*, double>;
  for (const auto& [form, isa, most] :
       {Case(WeightForm::kInt8, "best", 5e-4), Case(WeightForm::kInt8, "plain", 5e-4),
        Case(WeightForm::kInt4, "best", 5e-2), Case(WeightForm::kInt4, "plain", 5e-2)}) {
    const Environment set("TANDEM_NPU_ISA", isa);
    QnnOptions options = reference_options();
    options.weights = form;
    auto npu = Npu::make(model.graph, 64, options);
    ASSERT_TRUE(npu.ok()) << npu.error().message;
    fill_input(model, *npu, 64);
    const std::vector<Part> parts = {whole(model, 1), whole(model, 33), whole(model, 64)};
    ASSERT_TRUE(npu->prepare(model, parts).ok());
    for (const Part& part : parts) {
      ASSERT_TRUE(npu->run({&part, 1}, part.tokens).ok());
      const double error = part_error(model, *npu, part, part.tokens);
      EXPECT_LE(error, most) << weight_form_name(form) << " tokens " << part.tokens;
      EXPECT_GT(error, 1e-6) << "the integers were not used";
    }
    ASSERT_EQ(npu->program->notes().size(), 1u);
    EXPECT_NE(npu->program->notes()[0].find(weight_form_name(form)), std::string::npos);
    EXPECT_EQ(npu->program->weight_bytes(), kRows * kColumns);  // Three lengths share them.
  }
}

}  // namespace
}  // namespace tandem::qnn
