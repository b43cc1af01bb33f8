#include "backends/cpu/elementwise.h"

#include <gtest/gtest.h>

#include "backends/cpu/test_support.h"

namespace tandem::cpu {
namespace {

class Elementwise : public testing::TestWithParam<Isa> {
 protected:
  ThreadPool pool_{{.threads = 2, .cores = {}}};
  Target target_{GetParam(), pool_};
};

TEST_P(Elementwise, RmsNorm) {
  for (const int64_t columns : {1, 8, 64, 172, 2048}) {
    for (const int64_t rows : {1, 3, 40}) {
      const auto input = random_values(static_cast<size_t>(rows * columns), 1, 3.0f);
      const auto weight = random_values(static_cast<size_t>(columns), 2);
      std::vector<double> wanted;
      for (int64_t r = 0; r < rows; ++r) {
        double squares = 0;
        for (int64_t i = 0; i < columns; ++i)
          squares += std::pow(input[static_cast<size_t>(r * columns + i)], 2.0);
        const double factor = 1 / std::sqrt(squares / static_cast<double>(columns) + 1e-5);
        for (int64_t i = 0; i < columns; ++i) {
          wanted.push_back(factor * static_cast<double>(input[static_cast<size_t>(r * columns + i)]) *
                           static_cast<double>(weight[static_cast<size_t>(i)]));
        }
      }
      auto values = input;
      rms_norm(values.data(), weight.data(), 1e-5f, rows, columns, values.data(), target_);
      EXPECT_LT(normalised_error(values, wanted), 1e-12) << rows << " x " << columns;
    }
  }
}

TEST_P(Elementwise, Swiglu) {
  for (const size_t count : {1, 5, 64, 20003}) {
    const auto gate = random_values(count, 3, 4.0f);
    const auto up = random_values(count, 4);
    std::vector<double> wanted;
    for (size_t i = 0; i < count; ++i) {
      const double g = static_cast<double>(gate[i]);
      wanted.push_back(g / (1 + std::exp(-g)) * static_cast<double>(up[i]));
    }
    std::vector<float> out(count + 1, 7.0f);
    swiglu(gate.data(), up.data(), static_cast<int64_t>(count), out.data(), target_);
    EXPECT_LT(normalised_error(out, wanted), 1e-12) << count;
    EXPECT_EQ(out[count], 7.0f);
  }
}

TEST_P(Elementwise, Geglu) {
  for (const size_t count : {1, 5, 64, 20003}) {
    const auto gate = random_values(count, 3, 4.0f);
    const auto up = random_values(count, 4);
    std::vector<double> wanted;
    for (size_t i = 0; i < count; ++i) {
      const double g = static_cast<double>(gate[i]);
      const double tanh = std::tanh(std::sqrt(2 / M_PI) * (g + 0.044715 * g * g * g));
      wanted.push_back(0.5 * g * (1 + tanh) * static_cast<double>(up[i]));
    }
    std::vector<float> out(count + 1, 7.0f);
    geglu(gate.data(), up.data(), static_cast<int64_t>(count), out.data(), target_);
    EXPECT_LT(normalised_error(out, wanted), 1e-12) << count;
    EXPECT_EQ(out[count], 7.0f);
  }
}

TEST_P(Elementwise, Softcap) {
  for (const size_t count : {1, 5, 64, 20003}) {
    const auto input = random_values(count, 8, 20.0f);
    std::vector<double> wanted;
    for (const float x : input) wanted.push_back(30 * std::tanh(static_cast<double>(x) / 30));
    std::vector<float> out(count + 1, 7.0f);
    softcap(input.data(), 30.0f, static_cast<int64_t>(count), out.data(), target_);
    EXPECT_LT(normalised_error(out, wanted), 1e-12) << count;
    EXPECT_EQ(out[count], 7.0f);
  }
  std::vector<float> ends = {-1e30f, -3000, 0, 3000, 1e30f, NAN};
  softcap(ends.data(), 30.0f, static_cast<int64_t>(ends.size()), ends.data(), target_);
  EXPECT_FLOAT_EQ(ends[0], -30);
  EXPECT_FLOAT_EQ(ends[1], -30);
  EXPECT_NEAR(ends[2], 0, 1e-6);
  EXPECT_FLOAT_EQ(ends[3], 30);
  EXPECT_FLOAT_EQ(ends[4], 30);
  EXPECT_TRUE(std::isnan(ends[5]));
}

TEST_P(Elementwise, GegluAtTheEnds) {
  const std::vector<float> gate = {-1000, -90, 0, 90, 1000, NAN};
  const std::vector<float> up(gate.size(), 1.0f);
  std::vector<float> out(gate.size());
  geglu(gate.data(), up.data(), static_cast<int64_t>(gate.size()), out.data(), target_);
  EXPECT_NEAR(out[0], 0, 1e-30);
  EXPECT_NEAR(out[1], 0, 1e-30);
  EXPECT_EQ(out[2], 0);
  EXPECT_FLOAT_EQ(out[3], 90);
  EXPECT_FLOAT_EQ(out[4], 1000);
  EXPECT_TRUE(std::isnan(out[5]));
}

TEST_P(Elementwise, SwigluAtTheEnds) {
  const std::vector<float> gate = {-1000, -90, 0, 90, 1000, NAN};
  const std::vector<float> up(gate.size(), 1.0f);
  std::vector<float> out(gate.size());
  swiglu(gate.data(), up.data(), static_cast<int64_t>(gate.size()), out.data(), target_);
  EXPECT_NEAR(out[0], 0, 1e-30);
  EXPECT_NEAR(out[1], 0, 1e-30);
  EXPECT_EQ(out[2], 0);
  EXPECT_FLOAT_EQ(out[3], 90);
  EXPECT_FLOAT_EQ(out[4], 1000);
  EXPECT_TRUE(std::isnan(out[5]));
}

TEST_P(Elementwise, AddAndBias) {
  const int64_t rows = 33, columns = 1001;
  const auto a = random_values(static_cast<size_t>(rows * columns), 5);
  const auto b = random_values(static_cast<size_t>(rows * columns), 6);
  auto sum = a;
  add(sum.data(), b.data(), rows * columns, sum.data(), target_);
  for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], a[i] + b[i]);
  auto biased = a;
  add_bias(b.data(), rows, columns, biased.data(), target_);
  for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(biased[i], a[i] + b[i % static_cast<size_t>(columns)]);
}

INSTANTIATE_TEST_SUITE_P(All, Elementwise, testing::ValuesIn(available_isas()),
                         [](const auto& test) { return std::string(isa_name(test.param)); });

}  // namespace
}  // namespace tandem::cpu
