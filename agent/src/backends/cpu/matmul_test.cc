// Every type on every instruction set of this machine, against sums in double over the dequantised weights.
#include "backends/cpu/matmul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "backends/cpu/test_support.h"

namespace tandem::cpu {
namespace {

constexpr TensorType kTypes[] = {TensorType::kF32,  TensorType::kF16,  TensorType::kBF16, TensorType::kQ4_0,
                                 TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1, TensorType::kQ8_0,
                                 TensorType::kQ2_K, TensorType::kQ3_K, TensorType::kQ4_K, TensorType::kQ5_K,
                                 TensorType::kQ6_K};

// Of a normal input int8 in blocks of 32 loses 2.5e-5 of the power (a step is the largest of 32 values / 127,
// its noise step^2 / 12), bf16 2.6e-6. Few outputs scatter more.
double bound_of(TensorType type, int64_t outputs) {
  const double scatter = 1 + 8 / std::sqrt(static_cast<double>(outputs));
  if (type == TensorType::kF32) return 1e-11;
  if (type == TensorType::kF16 || type == TensorType::kBF16) return 5e-6 * scatter;
  return 4e-5 * scatter;
}

struct Truth {
  std::vector<double> out;
  double power = 0;  // Sum of the squares of all products: unlike that of the sums, no chance makes it small.
};

Truth truth(const TestTensor& weight, const std::vector<float>& input, int64_t tokens) {
  const int64_t rows = weight.view.rows, columns = weight.view.columns;
  Truth truth;
  for (int64_t m = 0; m < tokens; ++m) {
    for (int64_t n = 0; n < rows; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < columns; ++k) {
        const double product = static_cast<double>(input[static_cast<size_t>(m * columns + k)]) *
                               static_cast<double>(weight.values[static_cast<size_t>(n * columns + k)]);
        sum += product;
        truth.power += product * product;
      }
      truth.out.push_back(sum);
    }
  }
  return truth;
}

class Matmul : public testing::TestWithParam<std::tuple<TensorType, Isa>> {
 protected:
  // Multiplies on an instruction set.
  std::vector<float> product(Isa isa, int64_t tokens, int64_t columns, int64_t rows) {
    ThreadPool pool({.threads = 2, .cores = {}});
    const Target target{isa, pool};
    const TestTensor weight = random_tensor(std::get<0>(GetParam()), rows, columns, 17);
    const auto packed = PackedMatrix::pack(weight.view, target);
    EXPECT_TRUE(packed.ok());
    auto prepared = PreparedActivations::create(tokens, columns, packed->activation_forms());
    EXPECT_TRUE(prepared.ok());
    const auto input = random_values(static_cast<size_t>(tokens * columns), 19);
    prepared->prepare(input.data(), columns, tokens, columns, packed->activation_forms(), target);
    std::vector<float> out(static_cast<size_t>(tokens * rows));
    matmul(*packed, *prepared, out.data(), rows, target);
    return out;
  }

  // Multiplies with guard values around the output and returns the error.
  double error_of(int64_t tokens, int64_t columns, int64_t rows, ActivationForms more_forms = 0) {
    const auto [type, isa] = GetParam();
    ThreadPool pool({.threads = 2, .cores = {}});
    const Target target{isa, pool};
    const TestTensor weight = random_tensor(type, rows, columns, 11);
    const auto packed = PackedMatrix::pack(weight.view, target);
    EXPECT_TRUE(packed.ok());
    const int64_t stride = columns + 3;
    const auto strided = random_values(static_cast<size_t>(tokens * stride), 13);
    std::vector<float> input;
    for (int64_t m = 0; m < tokens; ++m) {
      input.insert(input.end(), strided.begin() + m * stride, strided.begin() + m * stride + columns);
    }
    const ActivationForms forms = packed->activation_forms() | more_forms;
    auto prepared = PreparedActivations::create(tokens, columns, forms);
    EXPECT_TRUE(prepared.ok());
    prepared->prepare(strided.data(), stride, tokens, columns, forms, target);

    const int64_t out_stride = rows + 5;
    std::vector<float> out(static_cast<size_t>(tokens * out_stride), 12345.0f);
    matmul(*packed, *prepared, out.data(), out_stride, target);
    std::vector<float> got;
    for (int64_t m = 0; m < tokens; ++m) {
      got.insert(got.end(), out.begin() + m * out_stride, out.begin() + m * out_stride + rows);
      for (int64_t i = rows; i < out_stride; ++i) {
        EXPECT_EQ(out[static_cast<size_t>(m * out_stride + i)], 12345.0f) << "written beyond the row";
      }
    }
    const Truth wanted = truth(weight, input, tokens);
    double error = 0;
    for (size_t i = 0; i < got.size(); ++i)
      error += std::pow(static_cast<double>(got[i]) - wanted.out[i], 2.0);
    return error >= 0 ? error / wanted.power : INFINITY;
  }

  double bound(int64_t outputs) const { return bound_of(std::get<0>(GetParam()), outputs); }
  bool has_blocks() const { return type_traits(std::get<0>(GetParam())).block_size > 1; }
};

TEST_P(Matmul, AgreesForEveryTokenCount) {
  for (const int64_t tokens : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 33}) {
    EXPECT_LT(error_of(tokens, 256, 48), bound(tokens * 48)) << tokens << " tokens";
  }
}

TEST_P(Matmul, AgreesForOddShapes) {
  for (const int64_t rows : {1, 4, 7, 16, 19, 100}) {
    for (const int64_t tokens : {1, 6, 18}) {
      EXPECT_LT(error_of(tokens, 512, rows), bound(tokens * rows))
          << tokens << " tokens, " << rows << " rows";
    }
  }
  if (has_blocks()) return;
  for (const int64_t columns : {1, 2, 15, 172, 173}) {
    for (const int64_t tokens : {1, 5, 16, 29}) {
      EXPECT_LT(error_of(tokens, columns, 37), bound(std::min<int64_t>(tokens, 37) * columns))
          << tokens << " tokens, " << columns << " columns";
    }
  }
}

TEST_P(Matmul, AgreesForLongRowsAndManyTokens) {
  EXPECT_LT(error_of(1, 4096, 40), bound(1 * 40));
  EXPECT_LT(error_of(150, 2048, 24), bound(150 * 24));  // More than one block of tokens.
}

TEST_P(Matmul, TakesInputThatWasPreparedForOthersToo) {
  const ActivationForms all = kFormFloat | kFormPairs | kFormInt8 | kFormHalfBias | kFormSums | kFormHalfSums;
  EXPECT_LT(error_of(1, 256, 32, all), bound(1 * 32));
  EXPECT_LT(error_of(21, 256, 32, all), bound(21 * 32));
}

// The integer sums are the same everywhere, so only the order of fp32 additions may differ.
TEST_P(Matmul, AgreesWithScalarClosely) {
  const auto [type, isa] = GetParam();
  for (const int64_t tokens : {1, 4, 8, 21}) {
    const bool bf16 = !has_blocks() && type != TensorType::kF32 && tokens > 8;
    const auto wanted = product(Isa::kScalar, tokens, 768, 50);
    EXPECT_LT(normalised_error(product(isa, tokens, 768, 50), wanted), bf16 ? 6e-6 : 1e-11)
        << tokens << " tokens";
  }
}

TEST_P(Matmul, CarriesNaNOn) {
  const auto [type, isa] = GetParam();
  ThreadPool pool({.threads = 1, .cores = {}});
  const Target target{isa, pool};
  const TestTensor weight = random_tensor(type, 16, 256, 3);
  const auto packed = PackedMatrix::pack(weight.view, target);
  ASSERT_TRUE(packed.ok());
  auto prepared = PreparedActivations::create(2, 256, packed->activation_forms());
  ASSERT_TRUE(prepared.ok());
  auto input = random_values(512, 3);
  input[100] = NAN;
  prepared->prepare(input.data(), 256, 2, 256, packed->activation_forms(), target);
  std::vector<float> out(32);
  matmul(*packed, *prepared, out.data(), 16, target);
  for (size_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(std::isnan(out[i]));
    EXPECT_FALSE(std::isnan(out[16 + i]));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Matmul,
                         testing::Combine(testing::ValuesIn(kTypes), testing::ValuesIn(available_isas())),
                         [](const auto& test) {
                           return std::string(type_traits(std::get<0>(test.param)).name) + "_" +
                                  std::string(isa_name(std::get<1>(test.param)));
                         });

}  // namespace
}  // namespace tandem::cpu
