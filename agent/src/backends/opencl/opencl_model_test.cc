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
  for (const Family family : kFamilies) {
    SCOPED_TRACE(std::string(family_name(family)));
    for (const TensorType type : {TensorType::kF32, TensorType::kQ4_0, TensorType::kQ6_K})
      expect_close({.family = family, .type = type}, steps);
  }
  expect_close({.family = Family::kQwen2, .type = TensorType::kQ8_0, .tied = true}, steps);
  expect_close({.family = Family::kQwen3, .kv_heads = 4}, steps);
  expect_close({.family = Family::kGemma3, .layers = 7, .linear_scaling = 8}, steps);
  expect_close({.family = Family::kPhi3, .window = 0, .short_context = 64}, steps);
  expect_close({.rope_freqs = true, .linear_scaling = 4}, steps);
}

// Matmuls in two blocks at odd rows wherever their readers can take that, as with a co-processor beside it.
std::vector<Part> split_parts(const TinyRun& run, const StepShape& step) {
  std::vector<Split> splits(run.graph.values.size(), 0);
  const auto reads_split = [&](ValueId id) {
    bool any = false;
    for (const Op& op : run.graph.ops) {
      for (size_t i = 0; i < op.inputs.size(); ++i) {
        if (op.inputs[i] != id) continue;
        any = true;
        const bool can = op.kind == OpKind::kNorm || op.kind == OpKind::kHeadNorm ||
                         op.kind == OpKind::kRope || op.kind == OpKind::kKvAppend ||
                         op.kind == OpKind::kSwiglu || op.kind == OpKind::kGeglu ||
                         (op.kind == OpKind::kAdd && i == 1);
        if (!can) return false;
      }
    }
    return any;
  };
  std::vector<Part> parts;
  for (Part part : run.whole(step)) {
    const Op& op = run.graph.ops[static_cast<size_t>(part.op)];
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      if (op.inputs[i] != kNoValue) part.input_split[i] = splits[static_cast<size_t>(op.inputs[i])];
    }
    if (op.kind != OpKind::kMatmul || !reads_split(op.output)) {
      parts.push_back(part);
      continue;
    }
    const Split split = op.n / 3 | 1;
    splits[static_cast<size_t>(op.output)] = split;
    part.output_split = split;
    part.rows = split;
    parts.push_back(part);
    part.first_row = split;
    part.rows = op.n - split;
    parts.push_back(part);
  }
  return parts;
}

TEST(OpenClModel, ReadsSplitValues) {
  TANDEM_NEEDS_DEVICE();
  for (const Family family : kFamilies) {
    TinyRun run({.family = family, .type = TensorType::kQ4_0}, test_options());
    ASSERT_FALSE(run.error) << text_of(*run.error);
    const std::vector<int32_t> tokens = some_tokens(33);
    const StepShape step{.tokens = 33, .position = 0, .logit_rows = 33};
    const std::vector<float> got = run.run(step, tokens, split_parts(run, step));
    ASSERT_FALSE(run.error) << text_of(*run.error);
    EXPECT_LE(nmse(got, reference_forward(*run.file, run.shape, tokens)), kBar);
  }
}

// Long enough that decode cuts the context into splits, and a head that no vector width divides.
TEST(OpenClModel, AttendsToALongContext) {
  TANDEM_NEEDS_DEVICE();
  expect_close({.type = TensorType::kF16, .layers = 1}, {300, 257, 1, 1, 2, 1});
  expect_close({.layers = 1, .embedding = 64, .feed_forward = 64, .heads = 8, .kv_heads = 4, .head_dim = 8},
               {40, 1, 1});
  expect_close({.layers = 1, .heads = 9, .kv_heads = 1, .head_dim = 40}, {40, 1, 1});
  expect_close({.family = Family::kPhi3, .layers = 1, .embedding = 192, .heads = 2, .head_dim = 96},
               {40, 1, 1});
  expect_close({.family = Family::kGemma2, .heads = 2, .kv_heads = 1, .head_dim = 256}, {40, 1, 1});
}

// Windows that begin within a block of positions, at its edge and far behind: in prefill and in decode, whose
// context is cut into splits where what is seen is long enough.
TEST(OpenClModel, AttendsToAWindow) {
  TANDEM_NEEDS_DEVICE();
  for (const int64_t window : {1, 64, 65, 520}) {
    SCOPED_TRACE(window);
    expect_close({.family = Family::kGemma2, .window = window}, {130, 3, 1, 1});
  }
  expect_close({.family = Family::kPhi3, .layers = 1, .window = 520}, {300, 257, 1, 1, 2, 1});
  OpenClOptions options = test_options();
  options.width = 4;
  expect_close({.family = Family::kGemma2, .window = 33}, {70, 1, 1}, options);
}

// As on a GPU whose memory is not the host's, and with a GPU's vectors.
TEST(OpenClModel, CopiesWhereMemoryIsNotShared) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.force_copies = true;
  options.width = 4;
  expect_close({.family = Family::kQwen3, .type = TensorType::kQ8_0}, {5, 1, 1}, options);
  TinyRun run({.type = TensorType::kQ5_0}, options);
  ASSERT_FALSE(run.error) << text_of(*run.error);
  const std::vector<std::string> notes = run.program->notes();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("Q5_0"), std::string::npos);
  EXPECT_NE(notes[1].find("copied"), std::string::npos);
}

TEST(OpenClModel, DiffersForOtherWeights) {
  TANDEM_NEEDS_DEVICE();
  TinyRun run({}, test_options());
  const TinyRun other({.seed = 2}, test_options());
  ASSERT_FALSE(run.error || other.error);
  const std::vector<int32_t> tokens = some_tokens(8);
  EXPECT_GT(nmse(run.logits(tokens, {8}), reference_forward(*other.file, other.shape, tokens)), 0.1);
}

}  // namespace
}  // namespace tandem::opencl
