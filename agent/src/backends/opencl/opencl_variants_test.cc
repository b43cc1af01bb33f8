// Kernels through sub-groups and integer dot products. Where the device has no such functions they are
// written out, so that every line but theirs runs; where it has them, they run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/cpu/test_support.h"
#include "backends/opencl/one_op.h"
#include "backends/opencl/test_support.h"
#include "backends/opencl/tuning.h"
#include "base/sanitizer_testing.h"
#include "runtime/reference_forward.h"

namespace tandem::opencl {
namespace {

using cpu::normalised_error;
using cpu::random_tensor;
using cpu::random_values;
using cpu::TestTensor;
using testing_sanitizer::thinned;
using Force = OpenClOptions::Force;

constexpr double kBar = 5e-4;
constexpr int64_t kRows = 211;  // No whole number of panels.
constexpr int64_t kColumns = 1024;

struct Variant {
  const char* name;
  Force subgroups, dot;
  int gemv_items;
  int width;
};

OpenClOptions options_of(const Variant& variant) {
  OpenClOptions options = test_options();
  options.subgroups = variant.subgroups;
  options.integer_dot = variant.dot;
  options.gemv_items = variant.gemv_items;
  options.width = variant.width;
  return options;
}

// What is forced, as far as the device has it.
std::vector<Variant> variants() {
  std::vector<Variant> all = {{"subgroups", Force::kEmulated, Force::kNo, 16, 4},
                              {"wide subgroups", Force::kEmulated, Force::kNo, 8, 16},
                              {"dot", Force::kNo, Force::kEmulated, 1, 16},
                              {"narrow dot", Force::kNo, Force::kEmulated, 4, 4},
                              {"both", Force::kEmulated, Force::kEmulated, 32, 4}};
  const auto processor = OpenClProcessor::create(test_options());
  if (!processor.ok()) return all;
  const DeviceFacts& facts = (*processor)->facts();
  if (facts.subgroups) all.push_back({"own subgroups", Force::kOwn, Force::kNo, 16, 4});
  if (facts.integer_dot) all.push_back({"own dot", Force::kNo, Force::kOwn, 16, 4});
  if (!facts.subgroups || !facts.integer_dot)
    std::printf("this device's own are not there: %s%s\n", facts.subgroups ? "" : "sub-groups ",
                facts.integer_dot ? "" : "integer dot products");
  return all;
}

double nmse_of(const float* values, const std::vector<double>& truth) {
  return normalised_error(std::vector<float>(values, values + truth.size()), truth);
}

TEST(OpenClVariants, MultiplyOneTokenOfEveryType) {
  TANDEM_NEEDS_DEVICE();
  const std::vector<TensorType> types = {TensorType::kF16,  TensorType::kQ4_0, TensorType::kQ4_1,
                                         TensorType::kQ5_1, TensorType::kQ8_0, TensorType::kQ2_K,
                                         TensorType::kQ3_K, TensorType::kQ4_K, TensorType::kQ6_K};
  const std::vector<float> input = random_values(kColumns, 3);
  const std::vector<float> bias = random_values(kRows, 2);
  const TensorView bias_view{TensorType::kF32, 1, kRows, std::as_bytes(std::span(bias))};
  for (const Variant& variant : thinned(variants(), 2, "variants")) {
    const auto processor = OpenClProcessor::create(options_of(variant));
    ASSERT_TRUE(processor.ok()) << text_of(processor.error());
    for (const TensorType type : thinned(types, 4, "types")) {
      const TestTensor weight = random_tensor(type, kRows, kColumns, 1);
      std::vector<double> truth(bias.begin(), bias.end());
      for (size_t r = 0; r < kRows; ++r) {
        for (size_t k = 0; k < kColumns; ++k)
          truth[r] += static_cast<double>(input[k]) * static_cast<double>(weight.values[r * kColumns + k]);
      }
      auto one = OneOp::matmul(**processor, weight.view, bias_view, 1);
      ASSERT_TRUE(one.ok()) << text_of(one.error());
      std::copy(input.begin(), input.end(), (*one)->input());
      // In two parts whose cut lies inside a panel.
      std::vector<Part> parts(2, (*one)->whole(1));
      parts[0].rows = parts[0].output_split = parts[1].output_split = parts[1].first_row = 37;
      parts[1].rows = kRows - 37;
      const auto prepared = (*one)->prepare(parts);
      ASSERT_TRUE(prepared.ok()) << variant.name << ": " << text_of(prepared.error());
      const auto ran = (*one)->run(parts, 1);
      ASSERT_TRUE(ran.ok()) << text_of(ran.error());
      const double error = nmse_of((*one)->output(), truth);
      EXPECT_LE(error, kBar) << variant.name << " " << type_traits(type).name;
      const bool rounds = variant.dot != Force::kNo && type != TensorType::kF16;
      EXPECT_EQ(error > 1e-7, rounds) << variant.name << " " << type_traits(type).name << " " << error;
      EXPECT_EQ(!(*one)->program().notes().empty() &&
                    (*one)->program().notes().back().find("rounds the activations") != std::string::npos,
                rounds)
          << "rounding is told";
    }
  }
}

TEST(OpenClVariants, ANanOfTheTokenIsNotRoundedAway) {
  TANDEM_NEEDS_DEVICE();
  const auto processor = OpenClProcessor::create(options_of({"dot", Force::kNo, Force::kEmulated, 1, 16}));
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  const TestTensor weight = random_tensor(TensorType::kQ4_0, kRows, kColumns, 1);
  auto one = OneOp::matmul(**processor, weight.view, {}, 1);
  ASSERT_TRUE(one.ok()) << text_of(one.error());
  std::fill_n((*one)->input(), kColumns, 0.0F);
  (*one)->input()[700] = NAN;
  const std::vector<Part> parts = {(*one)->whole(1)};
  ASSERT_TRUE((*one)->prepare(parts).ok());
  ASSERT_TRUE((*one)->run(parts, 1).ok());
  EXPECT_TRUE(std::isnan((*one)->output()[0]));
}

// Norms, attention of prefill, of decode and of a context that is cut into splits, through a whole model.
TEST(OpenClVariants, RunAModel) {
  TANDEM_NEEDS_DEVICE();
  const testing_model::TinyModel model = {
      .family = Family::kQwen3, .type = TensorType::kQ8_0, .context = 700};
  const std::vector<int32_t> tokens = some_tokens(570);
  const std::vector<size_t> steps = {5, 1, 30, 530, 1, 3};
  TinyRun plain(model, test_options(), 560, 560, 700);
  ASSERT_FALSE(plain.error) << text_of(*plain.error);
  const std::vector<float> truth = plain.logits(tokens, steps);
  for (const Variant& variant : thinned(variants(), 2, "variants")) {
    TinyRun run(model, options_of(variant), 560, 560, 700);
    ASSERT_FALSE(run.error) << variant.name << ": " << text_of(*run.error);
    const std::vector<float> logits = run.logits(tokens, steps);
    ASSERT_FALSE(run.error) << variant.name << ": " << text_of(*run.error);
    EXPECT_LE(nmse(logits, truth), kBar) << variant.name;
  }
}

TEST(OpenClVariants, AreToldAndRemembered) {
  TANDEM_NEEDS_DEVICE();
  const auto device = Device::open(options_of({"both", Force::kEmulated, Force::kEmulated, 16, 4}));
  ASSERT_TRUE(device.ok()) << text_of(device.error());
  Kernels kernels(**device);
  EXPECT_FALSE(kernels.tuned());
  const auto sizes = tuned_sizes(**device, kernels);
  ASSERT_TRUE(sizes.ok()) << text_of(sizes.error());
  EXPECT_TRUE(sizes->gemv.subgroups && sizes->gemv.dot && sizes->subgroups);
  EXPECT_EQ(kernels.tuned(), *sizes);

  TinyRun run({.type = TensorType::kQ4_0}, options_of({"both", Force::kEmulated, Force::kEmulated, 16, 4}));
  ASSERT_FALSE(run.error) << text_of(*run.error);
  EXPECT_THAT(run.processor->info().features,
              testing::IsSupersetOf({"decode sums in subgroups", "decode by integer dot product",
                                     "norms and attention reduce in subgroups"}));
}

// A form that the compiler does not take is not chosen.
TEST(OpenClVariants, ThatDoNotCompileAreNotChosen) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = options_of({"both", Force::kNo, Force::kEmulated, 4, 4});
  options.compiler_options = " -DDOT_SIGNED=none -DDOT_UNSIGNED=none";
  const auto device = Device::open(options);
  ASSERT_TRUE(device.ok()) << text_of(device.error());
  Kernels kernels(**device);
  const auto sizes = tuned_sizes(**device, kernels);
  ASSERT_TRUE(sizes.ok()) << text_of(sizes.error());
  EXPECT_FALSE(sizes->gemv.dot);
}

}  // namespace
}  // namespace tandem::opencl
