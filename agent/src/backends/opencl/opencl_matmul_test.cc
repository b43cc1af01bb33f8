// Every weight type, length and odd split of a matmul on the GPU against sums in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "backends/cpu/test_support.h"
#include "backends/opencl/one_op.h"
#include "backends/opencl/test_support.h"

namespace tandem::opencl {
namespace {

using cpu::normalised_error;
using cpu::random_tensor;
using cpu::random_values;
using cpu::TestTensor;

constexpr double kBar = 5e-4;
constexpr int64_t kLengths[] = {1, 2, 31, 32, 33, 64, 135, 256, 257, 300};
constexpr int64_t kMost = 300;
constexpr int64_t kRows = 211;  // No whole number of panels.
constexpr int64_t kColumns = 512;

std::vector<double> product(const std::vector<float>& input, const TestTensor& weight,
                            const std::vector<float>& bias) {
  const auto rows = static_cast<size_t>(weight.view.rows);
  const auto columns = static_cast<size_t>(weight.view.columns);
  std::vector<double> out;
  for (size_t t = 0; t < input.size() / columns; ++t) {
    for (size_t r = 0; r < rows; ++r) {
      double sum = bias.empty() ? 0.0 : static_cast<double>(bias[r]);
      for (size_t k = 0; k < columns; ++k)
        sum +=
            static_cast<double>(input[t * columns + k]) * static_cast<double>(weight.values[r * columns + k]);
      out.push_back(sum);
    }
  }
  return out;
}

// What an output split at a column holds, as plain rows.
std::vector<float> joined(const float* out, int64_t tokens, int64_t width, Split split) {
  std::vector<float> rows;
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t c = 0; c < width; ++c) rows.push_back(out[split_index(t, c, tokens, width, split)]);
  }
  return rows;
}

class OpenClMatmul : public testing::TestWithParam<TensorType> {};

TEST_P(OpenClMatmul, EqualsTheTruthAtEveryLengthAndSplit) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  const TestTensor weight = random_tensor(GetParam(), kRows, kColumns, 1);
  const std::vector<float> bias = random_values(kRows, 2);
  const std::vector<float> input = random_values(kMost * kColumns, 3);
  const std::vector<double> truth = product(input, weight, bias);
  const TensorView bias_view{TensorType::kF32, 1, kRows, std::as_bytes(std::span(bias))};
  auto one = OneOp::matmul(**processor, weight.view, bias_view, kMost);
  ASSERT_TRUE(one.ok()) << text_of(one.error());
  const std::vector<Part> all = {(*one)->whole(kMost)};
  ASSERT_TRUE((*one)->prepare(all).ok());
  for (const int64_t tokens : kLengths) {
    const std::vector<double> wanted(truth.begin(), truth.begin() + tokens * kRows);
    for (const Split split : {0, 37, 128, 209}) {
      std::copy_n(input.begin(), tokens * kColumns, (*one)->input());
      std::fill_n((*one)->output(), kMost * kRows, NAN);
      std::vector<Part> parts = {(*one)->whole(tokens)};
      parts[0].output_split = split;
      if (split > 0) {
        parts.push_back(parts[0]);
        parts[0].rows = split;
        parts[1].first_row = split;
        parts[1].rows = kRows - split;
      }
      const auto result = (*one)->run(parts, tokens);
      ASSERT_TRUE(result.ok()) << text_of(result.error());
      EXPECT_LE(normalised_error(joined((*one)->output(), tokens, kRows, split), wanted), kBar)
          << tokens << " tokens, split at " << split;
      // Nothing behind the output was written.
      if (tokens < kMost) {
        EXPECT_TRUE(std::isnan((*one)->output()[tokens * kRows])) << tokens;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, OpenClMatmul,
                         testing::Values(TensorType::kF32, TensorType::kF16, TensorType::kBF16,
                                         TensorType::kQ4_0, TensorType::kQ4_1, TensorType::kQ5_0,
                                         TensorType::kQ5_1, TensorType::kQ8_0, TensorType::kQ2_K,
                                         TensorType::kQ3_K, TensorType::kQ4_K, TensorType::kQ5_K,
                                         TensorType::kQ6_K),
                         [](const auto& test) { return std::string(type_traits(test.param).name); });

// Tokens in pieces, and a whole part that writes an output with two blocks, as when one processor redoes all.
TEST(OpenClMatmulParts, TokensInPieces) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  const TestTensor weight = random_tensor(TensorType::kQ4_0, kRows, kColumns, 4);
  const std::vector<float> input = random_values(kMost * kColumns, 5);
  const std::vector<double> truth = product(input, weight, {});
  auto one = OneOp::matmul(**processor, weight.view, {}, kMost);
  ASSERT_TRUE(one.ok()) << text_of(one.error());
  std::copy(input.begin(), input.end(), (*one)->input());
  std::vector<Part> parts;
  for (const auto& [first, count] :
       {std::pair(0, 256), std::pair(256, 1), std::pair(257, 5), std::pair(262, 38)}) {
    parts.push_back((*one)->whole(count));
    parts.back().first_token = first;
    parts.back().output_split = 101;
  }
  ASSERT_TRUE((*one)->prepare(parts).ok());
  ASSERT_TRUE((*one)->run(parts, kMost).ok());
  EXPECT_LE(normalised_error(joined((*one)->output(), kMost, kRows, 101), truth), kBar);
}

// Rows that a later plan needs join those that are packed; none is packed twice.
TEST(OpenClMatmulParts, PacksWhatIsMissing) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  const TestTensor weight = random_tensor(TensorType::kQ8_0, kRows, kColumns, 6);
  const std::vector<float> input = random_values(7 * kColumns, 7);
  const std::vector<double> truth = product(input, weight, {});
  auto one = OneOp::matmul(**processor, weight.view, {}, 7);
  auto whole_one = OneOp::matmul(**processor, weight.view, {}, 7);
  ASSERT_TRUE(one.ok() && whole_one.ok());
  for (const auto& [first, rows] : {std::pair(100, 9), std::pair(0, 21), std::pair(0, 211)}) {
    Part part = (*one)->whole(7);
    part.first_row = first;
    part.rows = rows;
    ASSERT_TRUE((*one)->prepare({&part, 1}).ok());
  }
  const std::vector<Part> all = {(*one)->whole(7)};
  ASSERT_TRUE((*whole_one)->prepare(all).ok());
  EXPECT_EQ((*one)->program().weight_bytes(), (*whole_one)->program().weight_bytes());
  std::copy(input.begin(), input.end(), (*one)->input());
  ASSERT_TRUE((*one)->run(all, 7).ok());
  EXPECT_LE(normalised_error(joined((*one)->output(), 7, kRows, 0), truth), kBar);
}

// Sizes that GPUs take and CPUs do not, so that they run somewhere.
TEST(OpenClMatmulParts, RunsWithNarrowVectorsAndSharedSums) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.width = 4;
  options.gemv_items = 4;
  auto processor = OpenClProcessor::create(options);
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  for (const TensorType type : {TensorType::kQ4_0, TensorType::kQ6_K, TensorType::kF16}) {
    const TestTensor weight = random_tensor(type, kRows, kColumns, 8);
    const std::vector<float> input = random_values(20 * kColumns, 9);
    const std::vector<double> truth = product(input, weight, {});
    auto one = OneOp::matmul(**processor, weight.view, {}, 20);
    ASSERT_TRUE(one.ok()) << text_of(one.error());
    std::copy(input.begin(), input.end(), (*one)->input());
    for (const int64_t tokens : {1, 20}) {
      const std::vector<Part> parts = {(*one)->whole(tokens)};
      ASSERT_TRUE((*one)->prepare(parts).ok());
      ASSERT_TRUE((*one)->run(parts, tokens).ok());
      const std::vector<double> wanted(truth.begin(), truth.begin() + tokens * kRows);
      EXPECT_LE(normalised_error(joined((*one)->output(), tokens, kRows, 0), wanted), kBar)
          << type_traits(type).name;
    }
  }
}

// The arithmetic that GPUs with fp16 take, on activations as large as models have them.
TEST(OpenClMatmulParts, MultipliesInFp16WithinTheBar) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.compilers_fp16 = true;
  auto processor = OpenClProcessor::create(options);
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  if (!(*processor)->facts().is_cpu) GTEST_SKIP() << "A GPU has fp16 of its own, which the other tests run.";
  for (const TensorType type : {TensorType::kQ4_0, TensorType::kQ4_K, TensorType::kQ6_K, TensorType::kF16}) {
    const TestTensor weight = random_tensor(type, kRows, kColumns, 11);
    const std::vector<float> input = random_values(20 * kColumns, 12, 30.0F);
    const std::vector<double> truth = product(input, weight, {});
    auto one = OneOp::matmul(**processor, weight.view, {}, 20);
    ASSERT_TRUE(one.ok()) << text_of(one.error());
    std::copy(input.begin(), input.end(), (*one)->input());
    const std::vector<Part> parts = {(*one)->whole(20)};
    const auto prepared = (*one)->prepare(parts);
    ASSERT_TRUE(prepared.ok()) << text_of(prepared.error());
    ASSERT_TRUE((*one)->run(parts, 20).ok());
    const double error = normalised_error(joined((*one)->output(), 20, kRows, 0), truth);
    EXPECT_LE(error, kBar) << type_traits(type).name;
    EXPECT_GT(error, 1e-9) << "This was not fp16.";
  }
}

TEST(OpenClMatmulParts, ANanReachesTheResult) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  const TestTensor weight = random_tensor(TensorType::kQ4_0, 32, 64, 10);
  auto one = OneOp::matmul(**processor, weight.view, {}, 5);
  ASSERT_TRUE(one.ok()) << text_of(one.error());
  std::fill_n((*one)->input(), 5 * 64, 1.0F);
  (*one)->input()[3 * 64 + 11] = NAN;
  const std::vector<Part> parts = {(*one)->whole(5)};
  ASSERT_TRUE((*one)->prepare(parts).ok());
  ASSERT_TRUE((*one)->run(parts, 5).ok());
  EXPECT_TRUE(std::isnan((*one)->output()[3 * 32]));
  EXPECT_FALSE(std::isnan((*one)->output()[2 * 32]));
}

}  // namespace
}  // namespace tandem::opencl
