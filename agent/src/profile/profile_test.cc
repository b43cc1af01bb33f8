#include "profile/profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>

#include "model/testing.h"
#include "profile/profile_costs.h"
#include "profile/profile_json.h"
#include "profile/soc.h"
#include "profile/soc_costs.h"

namespace tandem {
namespace {

const ProfileKey kKey{"Adreno 750 + Hexagon V75", "OpenCL 3.0 V@0676; QNN 2.27", "0.4.0"};

// What a profiler would have measured on the calibrated SoC, with noise of this size.
Profile sampled(double noise, uint32_t seed = 1) {
  const SocCostModel soc(built_in_soc("snapdragon-8-gen-3").value(), Surroundings::kIsolated);
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, noise);
  Profile profile;
  profile.key = kKey;
  profile.primary = ProcessorKind::kGpu;
  profile.has_npu = true;
  for (const ProcessorKind processor : {ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    for (const auto& [n, k] : std::initializer_list<std::pair<int64_t, int64_t>>{{4096, 4096},
                                                                                 {2048, 4096},
                                                                                 {1024, 4096},
                                                                                 {14336, 4096},
                                                                                 {7168, 4096},
                                                                                 {4096, 14336},
                                                                                 {2048, 14336}}) {
      for (const int64_t m : {1, 32, 64, 128, 256, 512, 1024}) {
        const MatmulWork work{m, n, k, TensorType::kQ4_0};
        profile.matmuls.push_back(
            {processor, work, {soc.matmul(processor, work).us * std::exp(normal(random)), 0.01, 9}});
      }
    }
  }
  profile.others.push_back({OpKind::kNorm, 1 << 20, 1 << 18, {30, 0.1, 9}});
  profile.others.push_back({OpKind::kNorm, 1 << 24, 1 << 22, {400, 0.1, 9}});
  profile.compiles.push_back({{256, 4096, 4096, TensorType::kQ4_0}, 90000});
  profile.refused.push_back({0, 4096, 14336, TensorType::kQ6_K});
  profile.npu_lacks = {TensorType::kQ2_K};
  profile.npu_bytes_per_weight = 0.5;
  profile.bandwidths = {43.3, 42, 44.6, 14.9};
  profile.fast = {5, 15, 75, 0};
  profile.driver = {400, 15, 75, 0};
  profile.synced = profile.complete = true;
  return profile;
}

TEST(Profile, ComesBackFromItsFile) {
  const Profile profile = sampled(0.02);
  const std::string text = profile_text(profile);
  const auto read = read_profile(text, &kKey);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(profile_text(*read), text);
  const testing_model::TemporaryFile file("");
  ASSERT_TRUE(write_profile(file.path(), profile).ok());
  const auto loaded = load_profile(file.path(), &kKey);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(profile_text(*loaded), text);
  EXPECT_EQ(load_profile(file.path() + ".none", &kKey).error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(write_profile("/nowhere/at/all", profile).error().code, ErrorCode::kFileUnwritable);
}

TEST(Profile, OfAnotherDeviceDriverAgentOrMethodIsRefusedInOneSentence) {
  const std::string text = profile_text(sampled(0));
  for (int part = 0; part < 3; ++part) {
    ProfileKey here = kKey;
    (part == 0 ? here.device : part == 1 ? here.driver : here.agent) = "another";
    const auto read = read_profile(text, &here);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(read.error().context.at("expected"), "another");
  }
  ProfileKey later = kKey;
  ++later.method;
  EXPECT_EQ(read_profile(text, &later).error().context.at("expected"), std::to_string(later.method));
  // A file from before methods were counted.
  std::string first = text;
  const std::string method = "\"method\":" + std::to_string(kKey.method) + ",";
  ASSERT_NE(first.find(method), std::string::npos) << first.substr(0, 300);
  first.erase(first.find(method), method.size());
  EXPECT_EQ(read_profile(first, &kKey).error().context.at("found"), "1");
}

TEST(Profile, FilesThatAreCutSpoiledOrHostileAreRefused) {
  const std::string text = profile_text(sampled(0));
  for (size_t length = 0; length < text.size() - 2; length += 997) {
    EXPECT_FALSE(read_profile(text.substr(0, length), nullptr).ok()) << length;
  }
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string spoiled = text;
    const size_t at = spoiled.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return spoiled.replace(at, from.size(), to);
  };
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"\"format\":1", "\"format\":2"},
           {"\"m\":32", "\"m\":-32"},
           {"\"k\":4096", "\"k\":1e300"},
           {"\"k\":4096", "\"k\":0"},
           {"\"type\":\"Q4_0\"", "\"type\":\"Q9_9\""},
           {"\"processor\":\"gpu\"", "\"processor\":\"tpu\""},
           {"\"repetitions\":9", "\"repetitions\":0"},
           {"\"synced\":true", "\"synced\":\"yes\""},
           {"\"synced\":true", "\"synced\":true,\"more\":1"},
           {"\"matmuls\":[", "\"matmuls\":7,\"x\":["},
           {"\"joinUs\":5.0", "\"joinUs\":-5.0"}}) {
    const auto read = read_profile(replaced(from, to), nullptr);
    EXPECT_FALSE(read.ok()) << to;
  }
  EXPECT_FALSE(read_profile(std::string(100000, '['), nullptr).ok());
}

TEST(ProfileCosts, MeasuredShapesAnswerWhatWasMeasured) {
  const Profile profile = sampled(0.05);
  const ProfileCostModel costs(profile);
  for (const MatmulSample& sample : profile.matmuls) {
    const Estimate estimate = costs.matmul(sample.processor, sample.work);
    EXPECT_DOUBLE_EQ(estimate.us, sample.timing.us);
    EXPECT_FALSE(estimate.predicted);
    EXPECT_EQ(estimate.origin, Origin::kMeasured);
  }
}

TEST(ProfileCosts, PredictsOtherLengthsAndRows) {
  const SocCostModel soc(built_in_soc("snapdragon-8-gen-3").value(), Surroundings::kIsolated);
  const ProfileCostModel costs(sampled(0));
  double worst = 0;
  for (const ProcessorKind processor : {ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    for (const int64_t m : {100, 192, 300, 400, 700}) {
      for (const int64_t n : {1536, 3072, 4096}) {
        const MatmulWork work{m, n, 4096, TensorType::kQ4_0};
        const Estimate estimate = costs.matmul(processor, work);
        EXPECT_TRUE(estimate.predicted);
        worst = std::max(worst, std::abs(estimate.us / soc.matmul(processor, work).us - 1));
      }
    }
  }
  std::printf("worst prediction between measured shapes: %.1f %%\n", 100 * worst);
  EXPECT_LT(worst, 0.25);
}

TEST(ProfileCosts, NeverFallsAlongTokensOrRowsWithoutNoise) {
  const ProfileCostModel costs(sampled(0));
  for (const ProcessorKind processor : {ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    double last = 0;
    for (int64_t m = 1; m <= 1024; ++m) {
      const double us = costs.matmul(processor, {m, 4096, 4096, TensorType::kQ4_0}).us;
      EXPECT_GE(us, last * (1 - 1e-9)) << m;
      last = us;
    }
    last = 0;
    for (int64_t n = 32; n <= 14336; n += 32) {
      const double us = costs.matmul(processor, {256, n, 4096, TensorType::kQ4_0}).us;
      EXPECT_GE(us, last * (1 - 1e-9)) << n;
      last = us;
    }
  }
  // The staircase: inside a step no length costs more than its end.
  EXPECT_EQ(costs.matmul(ProcessorKind::kNpu, {33, 4096, 4096, TensorType::kQ4_0}).us,
            costs.matmul(ProcessorKind::kNpu, {64, 4096, 4096, TensorType::kQ4_0}).us);
}

TEST(ProfileCosts, CrossValidationSeesNoise) {
  for (const ProcessorKind processor : {ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    const CrossValidation clean = cross_validate(sampled(0), processor);
    const CrossValidation noisy = cross_validate(sampled(0.3), processor);
    std::printf("%s: median error %.1f %% clean, %.1f %% with 30 %% noise, 90th %.1f %%\n",
                std::string(processor_kind_name(processor)).c_str(), 100 * clean.median, 100 * noisy.median,
                100 * clean.ninetieth);
    EXPECT_EQ(clean.samples, 49);
    EXPECT_LT(clean.median, 0.2);
    EXPECT_GT(noisy.median, clean.median);
  }
}

TEST(ProfileCosts, SupportSyncAndBandwidthComeFromTheProfile) {
  const ProfileCostModel costs(sampled(0));
  EXPECT_EQ(costs.npu_support({1, 64, 64, TensorType::kQ2_K}), NpuSupport::kTypeNotSupported);
  EXPECT_EQ(costs.npu_support({1, 4096, 14336, TensorType::kQ6_K}), NpuSupport::kShapeRefused);
  EXPECT_EQ(costs.npu_support({1, 4096, 14336, TensorType::kQ4_0}), NpuSupport::kRuns);
  EXPECT_EQ(costs.sync(SyncMode::kDriver).join_us, 400);
  EXPECT_EQ(costs.graph_weight_bytes({1, 100, 100, TensorType::kQ4_0}), 5000);
  const MatmulWork large{1, 14336, 4096, TensorType::kQ4_0};
  EXPECT_GE(costs.slowdown_together(ProcessorKind::kGpu, large, large), 1);
  Profile none = sampled(0);
  none.bandwidths = {};
  EXPECT_EQ(ProfileCostModel(none).slowdown_together(ProcessorKind::kGpu, large, large), 1);
  EXPECT_GT(costs.other(ProcessorKind::kGpu, OpKind::kNorm, 1 << 22, 1 << 20).us, 30);
  EXPECT_LT(costs.other(ProcessorKind::kGpu, OpKind::kNorm, 1 << 22, 1 << 20).us, 400);
}

TEST(Fit, FindsTheLineAndNeverANegativePrice) {
  std::vector<Observation> observations;
  for (const double gflops : {0.1, 1.0, 5.0}) {
    for (const double megabytes : {1.0, 10.0}) {
      observations.push_back({{gflops, megabytes}, 7 + 100 * gflops + 3 * megabytes});
    }
  }
  const LinearCost exact = fit_linear(observations);
  EXPECT_NEAR(exact.constant, 7, 1e-6);
  EXPECT_NEAR(exact.per_gflop, 100, 1e-6);
  EXPECT_NEAR(exact.per_megabyte, 3, 1e-6);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> any(0.1, 100);
  for (int i = 0; i < 500; ++i) {
    std::vector<Observation> some;
    for (int j = 0; j <= i % 12; ++j) some.push_back({{any(random), any(random)}, any(random)});
    const LinearCost cost = fit_linear(some);
    EXPECT_GE(std::min({cost.constant, cost.per_gflop, cost.per_megabyte}), 0);
    EXPECT_TRUE(std::isfinite(cost({1, 1})));
  }
  EXPECT_EQ(fit_linear({})({1, 1}), 0);
}

}  // namespace
}  // namespace tandem
