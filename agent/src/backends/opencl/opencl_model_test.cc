// Whole tiny models on the GPU alone against the independent fp32 path.
#include <gtest/gtest.h>

#include "backends/opencl/test_support.h"
#include "runtime/reference_forward.h"

namespace tandem::opencl {
namespace {

using testing_model::TinyModel;

constexpr double kBar = 5e-4;

void expect_close(const TinyModel& model, const std::vector<size_t>& steps,
                  OpenClOptions options = test_options()) {
  SCOPED_TRACE(std::string(type_traits(model.type).name));
  TinyRun run(model, options);
  ASSERT_FALSE(run.error) << text_of(*run.error);
  const std::vector<int32_t> tokens = some_tokens(std::accumulate(steps.begin(), steps.end(), size_t{0}));
  const std::vector<float> truth = reference_forward(*run.file, run.shape, tokens);
  const std::vector<float> got = run.logits(tokens, steps);
  ASSERT_FALSE(run.error) << text_of(*run.error);
  ASSERT_EQ(got.size(), truth.size());
  EXPECT_LE(nmse(got, truth), kBar);
}

TEST(OpenClModel, RunsEveryWeightType) {
  TANDEM_NEEDS_DEVICE();
  for (const TensorType type :
       {TensorType::kF32, TensorType::kF16, TensorType::kBF16, TensorType::kQ4_0, TensorType::kQ4_1,
        TensorType::kQ5_0, TensorType::kQ5_1, TensorType::kQ8_0, TensorType::kQ2_K, TensorType::kQ3_K,
        TensorType::kQ4_K, TensorType::kQ5_K, TensorType::kQ6_K}) {
    expect_close({.type = type}, {5, 1, 1, 17, 1});
  }
}

TEST(OpenClModel, RunsEveryFamily) {
  TANDEM_NEEDS_DEVICE();
  const std::vector<size_t> steps = {7, 1, 33, 1};
  expect_close({.family = Family::kQwen2, .type = TensorType::kQ8_0, .tied = true}, steps);
  expect_close({.family = Family::kQwen3, .kv_heads = 4}, steps);
  expect_close({.rope_freqs = true, .linear_scaling = 4}, steps);
}

}  // namespace
}  // namespace tandem::opencl
