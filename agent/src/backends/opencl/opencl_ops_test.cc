// The other operations of a layer on the GPU against plain loops in double, dense and with split inputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/test_support.h"
#include "backends/opencl/one_op.h"
#include "backends/opencl/test_support.h"

namespace tandem::opencl {
namespace {

using cpu::normalised_error;
using cpu::random_values;

constexpr double kBar = 1e-10;

// Writes plain rows into a value that is split at a column.
void fill(float* to, const std::vector<float>& rows, int64_t width, Split split) {
  const int64_t count = static_cast<int64_t>(rows.size()) / width;
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t c = 0; c < width; ++c)
      to[split_index(r, c, count, width, split)] = rows[static_cast<size_t>(r * width + c)];
  }
}

class OpenClOps : public testing::Test {
 protected:
  void SetUp() override {
    TANDEM_NEEDS_DEVICE();
    auto made = OpenClProcessor::create(test_options());
    ASSERT_TRUE(made.ok()) << text_of(made.error());
    processor_ = std::move(made).value();
  }

  // Runs the op on inputs [tokens, width] that are split at these columns, in two pieces of tokens.
  std::vector<float> run(const HyperParameters& shape, const Op& op,
                         const std::vector<std::vector<float>>& inputs,
                         const std::vector<TensorView>& weights, int64_t tokens, std::array<Split, 2> splits,
                         int64_t position = 0) {
    const std::vector<int64_t> widths(inputs.size(), op.n);
    auto one = OneOp::create(*processor_, shape, op, widths, weights, tokens);
    EXPECT_TRUE(one.ok()) << text_of(one.error());
    if (!one.ok()) return {};
    for (size_t i = 0; i < inputs.size(); ++i)
      fill((*one)->input(static_cast<ValueId>(i)), inputs[i], op.n, splits[i]);
    std::vector<Part> parts = {(*one)->whole(tokens / 2), (*one)->whole(tokens - tokens / 2)};
    parts[1].first_token = tokens / 2;
    for (Part& part : parts) part.input_split = splits;
    const auto prepared = (*one)->prepare(parts);
    EXPECT_TRUE(prepared.ok()) << text_of(prepared.error());
    const auto ran = (*one)->run(parts, tokens, position);
    EXPECT_TRUE(ran.ok()) << text_of(ran.error());
    return {(*one)->output(), (*one)->output() + tokens * op.n};
  }

  std::unique_ptr<OpenClProcessor> processor_;
};

std::vector<double> normed(const std::vector<float>& input, const std::vector<float>& weight) {
  std::vector<double> out;
  for (size_t row = 0; row < input.size(); row += weight.size()) {
    double squares = 0;
    for (size_t i = 0; i < weight.size(); ++i) squares += std::pow(static_cast<double>(input[row + i]), 2.0);
    const double factor = 1 / std::sqrt(squares / static_cast<double>(weight.size()) + 1e-5);
    for (size_t i = 0; i < weight.size(); ++i)
      out.push_back(factor * static_cast<double>(input[row + i]) * static_cast<double>(weight[i]));
  }
  return out;
}

TEST_F(OpenClOps, Norm) {
  HyperParameters shape;
  shape.norm_epsilon = 1e-5F;
  for (const int64_t columns : {8, 172, 2048}) {
    const auto input = random_values(static_cast<size_t>(7 * columns), 1, 3.0F);
    const auto weight = random_values(static_cast<size_t>(columns), 2);
    const TensorView view{TensorType::kF32, 1, columns, std::as_bytes(std::span(weight))};
    const Op op = {.kind = OpKind::kNorm, .name = "norm", .weight = 0, .k = columns, .n = columns};
    for (const Split split : {int64_t{0}, int64_t{3}, columns / 2, columns / 3}) {
      EXPECT_LE(normalised_error(run(shape, op, {input}, {view}, 7, {split, 0}), normed(input, weight)), kBar)
          << columns << " split at " << split;
    }
  }
}

TEST_F(OpenClOps, HeadNorm) {
  HyperParameters shape;
  shape.norm_epsilon = 1e-5F;
  const auto input = random_values(9 * 6 * 80, 3, 3.0F);
  const auto weight = random_values(80, 4);
  const TensorView view{TensorType::kF32, 1, 80, std::as_bytes(std::span(weight))};
  const Op op = {.kind = OpKind::kHeadNorm, .name = "head_norm", .weight = 0, .k = 480, .n = 480, .heads = 6};
  for (const Split split : {0, 133}) {
    EXPECT_LE(normalised_error(run(shape, op, {input}, {view}, 9, {split, 0}), normed(input, weight)), kBar)
        << split;
  }
}

TEST_F(OpenClOps, RopeBothWaysFarOut) {
  for (const RopeStyle style : {RopeStyle::kInterleaved, RopeStyle::kSplitHalf}) {
    for (const int64_t dims : {64, 40}) {
      HyperParameters shape;
      shape.head_dim = 64;
      shape.heads = shape.kv_heads = 3;
      shape.rope_style = style;
      shape.rope_dims = dims;
      shape.rope_base = 500000;
      shape.rope_scale = 0.25F;
      shape.rope_magnitude = dims == 64 ? 1.0F : 1.19F;
      shape.trained_context = 5000;
      const auto input = random_values(5 * 192, 5);
      const Op op = {.kind = OpKind::kRope, .name = "rope", .k = 192, .n = 192, .heads = 3};
      for (const int64_t position : {0, 4093}) {
        std::vector<double> wanted(input.begin(), input.end());
        for (int64_t t = 0; t < 5; ++t) {
          for (int64_t h = 0; h < 3; ++h) {
            for (int64_t i = 0; i < dims / 2; ++i) {
              const double angle =
                  static_cast<double>(position + t) * 0.25 *
                  std::pow(500000.0, -2.0 * static_cast<double>(i) / static_cast<double>(dims));
              const int64_t begin = t * 192 + h * 64;
              const bool neighbours = style == RopeStyle::kInterleaved;
              double& a = wanted[static_cast<size_t>(begin + (neighbours ? 2 * i : i))];
              double& b = wanted[static_cast<size_t>(begin + (neighbours ? 2 * i + 1 : i + dims / 2))];
              const double old = a;
              const double magnitude = static_cast<double>(shape.rope_magnitude);
              a = magnitude * (old * std::cos(angle) - b * std::sin(angle));
              b = magnitude * (old * std::sin(angle) + b * std::cos(angle));
            }
          }
        }
        for (const Split split : {0, 77})
          EXPECT_LE(normalised_error(run(shape, op, {input}, {}, 5, {split, 0}, position), wanted), kBar)
              << dims << " at " << position << ", split at " << split;
      }
    }
  }
}

TEST_F(OpenClOps, GatesAndAddWithTwoSplits) {
  const auto a = random_values(7 * 1101, 6, 4.0F);
  const auto b = random_values(7 * 1101, 7);
  for (const OpKind kind : {OpKind::kSwiglu, OpKind::kGeglu, OpKind::kAdd}) {
    std::vector<double> wanted;
    for (size_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
      const double gelu = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
      const double gate = kind == OpKind::kSwiglu ? x / (1 + std::exp(-x)) : gelu;
      wanted.push_back(kind == OpKind::kAdd ? x + y : gate * y);
    }
    const Op op = {.kind = kind, .name = "op", .k = 1101, .n = 1101};
    for (const auto& [left, right] :
         {std::pair(0, 0), std::pair(0, 500), std::pair(37, 0), std::pair(700, 33)}) {
      const std::array<Split, 2> splits = {kind == OpKind::kAdd ? 0 : left, right};
      EXPECT_LE(normalised_error(run({}, op, {a, b}, {}, 7, splits), wanted), kBar) << left << " " << right;
    }
  }
}

TEST_F(OpenClOps, GatesAtTheEnds) {
  const std::vector<float> gate = {-1000, -90, 0, 90, 1000, NAN};
  const std::vector<float> up(gate.size(), 1.0F);
  for (const OpKind kind : {OpKind::kSwiglu, OpKind::kGeglu}) {
    const Op op = {.kind = kind, .name = "gate", .k = 1, .n = 1};
    const std::vector<float> out = run({}, op, {gate, up}, {}, 6, {0, 0});
    ASSERT_EQ(out.size(), gate.size());
    EXPECT_NEAR(out[0], 0, 1e-30);
    EXPECT_NEAR(out[1], 0, 1e-30);
    EXPECT_EQ(out[2], 0);
    EXPECT_FLOAT_EQ(out[3], 90);
    EXPECT_FLOAT_EQ(out[4], 1000);
    EXPECT_TRUE(std::isnan(out[5]));
  }
}

TEST_F(OpenClOps, Softcap) {
  auto input = random_values(5 * 101, 8, 20.0F);
  input[0] = -1e30F;
  input[1] = 1e30F;
  std::vector<double> wanted;
  for (const float x : input) wanted.push_back(30 * std::tanh(static_cast<double>(x) / 30));
  HyperParameters shape;
  shape.logit_softcap = 30;
  const Op op = {.kind = OpKind::kSoftcap, .name = "softcap", .k = 101, .n = 101};
  for (const Split split : {0, 40})
    EXPECT_LE(normalised_error(run(shape, op, {input}, {}, 5, {split, 0}), wanted), kBar) << split;
}

}  // namespace
}  // namespace tandem::opencl
