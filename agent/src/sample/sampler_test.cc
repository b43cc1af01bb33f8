#include "sample/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "sample/exponential.h"

namespace tandem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Sampler make(const SamplerSettings& settings) {
  auto sampler = Sampler::create(settings);
  EXPECT_TRUE(sampler.ok());
  return std::move(sampler).value();
}

// How often each token is drawn.
std::map<int32_t, int> draw(const SamplerSettings& settings, const std::vector<float>& logits,
                            int times = 20000) {
  Sampler sampler = make(settings);
  std::map<int32_t, int> counts;
  for (int i = 0; i < times; i++) {
    const auto token = sampler.sample(logits);
    EXPECT_TRUE(token.ok());
    counts[*token]++;
  }
  return counts;
}

TEST(Sampler, GreedyTakesTheFirstOfTheLargest) {
  std::vector<float> logits(1000, -3.0f);
  for (const size_t place : {0u, 15u, 16u, 991u, 999u}) {
    logits[place] = 2;
    EXPECT_EQ(*make({}).sample(logits), static_cast<int32_t>(place));
    logits[place] = -3;
  }
  logits[500] = logits[40] = 1;
  EXPECT_EQ(*make({}).sample(logits), 40);
}

TEST(Sampler, NotANumberIsAnErrorAndNeverAToken) {
  std::vector<float> logits(100, 1.0f);
  for (const size_t place : {0u, 50u, 99u}) {
    for (const float temperature : {0.0f, 0.7f}) {
      logits[place] = std::nanf("");
      EXPECT_EQ(make({.temperature = temperature}).sample(logits).error().code, ErrorCode::kModelBadValues);
      logits[place] = kInfinity;
      EXPECT_FALSE(make({.temperature = temperature}).sample(logits).ok());
      logits[place] = 1;
    }
  }
  EXPECT_FALSE(make({}).sample(std::vector<float>(20, -kInfinity)).ok());
  EXPECT_FALSE(make({}).sample({}).ok());
}

TEST(Sampler, TokensThatAreRuledOutAreNeverDrawn) {
  const auto counts = draw({.temperature = 1}, {-kInfinity, 1, 1, -kInfinity});
  EXPECT_EQ(counts.size(), 2u);
}

TEST(Sampler, DrawsWithTheProbabilitiesOfTheTemperature) {
  const std::vector<float> logits{0, std::log(3.0f)};
  EXPECT_NEAR(draw({.temperature = 1, .seed = 1}, logits)[1], 15000, 400);
  EXPECT_NEAR(draw({.temperature = 0.5f, .seed = 1}, logits)[1], 18000, 400);
}

TEST(Sampler, FiltersKeepTheLikeliest) {
  // Probabilities 0.5, 0.25, 0.15, 0.1 at temperature 1.
  const std::vector<float> logits{std::log(0.1f), std::log(0.5f), std::log(0.15f), std::log(0.25f)};
  const auto kept = [&](SamplerSettings settings) {
    settings.temperature = 1;
    std::vector<int32_t> tokens;
    for (const auto& [token, count] : draw(settings, logits)) tokens.push_back(token);
    return tokens;
  };
  using Tokens = std::vector<int32_t>;
  EXPECT_EQ(kept({.top_k = 1}), (Tokens{1}));
  EXPECT_EQ(kept({.top_k = 3}), (Tokens{1, 2, 3}));
  EXPECT_EQ(kept({.top_k = 9}), (Tokens{0, 1, 2, 3}));
  EXPECT_EQ(kept({.top_p = 0.4f}), (Tokens{1}));
  EXPECT_EQ(kept({.top_p = 0.7f}), (Tokens{1, 3}));
  EXPECT_EQ(kept({.top_p = 0.85f}), (Tokens{1, 2, 3}));
  EXPECT_EQ(kept({.min_p = 0.45f}), (Tokens{1, 3}));
  // After top-k 2 the shares are 2/3 and 1/3.
  EXPECT_EQ(kept({.top_k = 2, .top_p = 0.6f}), (Tokens{1}));
}

TEST(Sampler, EqualLogitsKeepTheLowerIds) {
  const auto counts = draw({.temperature = 1, .top_k = 3}, std::vector<float>(64, 0.25f));
  ASSERT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts.rbegin()->first, 2);
}

TEST(Sampler, RepetitionPenaltyLooksBackOverItsWindow) {
  Sampler sampler = make({.repetition_penalty = 2, .repetition_window = 2});
  const std::vector<float> logits{1.5f, 1.0f, -1.0f};
  EXPECT_EQ(*sampler.sample(logits), 0);
  sampler.accept(0);
  EXPECT_EQ(*sampler.sample(logits), 1);
  sampler.accept(2);
  EXPECT_EQ(*sampler.sample(logits), 1);
  sampler.accept(2);
  EXPECT_EQ(*sampler.sample(logits), 0);
  sampler.accept(-5);
  sampler.accept(1000);
  EXPECT_EQ(*sampler.sample(logits), 0);
}

// Fixed values: they must be the same on every platform.
TEST(Sampler, TheSameSeedGivesTheSameTokensEverywhere) {
  std::vector<float> logits(5000);
  for (size_t i = 0; i < logits.size(); i++) logits[i] = static_cast<float>(i * 7919 % 1009) / 100;
  Sampler sampler = make({.temperature = 0.8f, .top_k = 400, .top_p = 0.95f, .min_p = 0.001f, .seed = 42});
  std::vector<int32_t> tokens;
  for (int i = 0; i < 6; i++) tokens.push_back(*sampler.sample(logits));
  EXPECT_EQ(tokens, (std::vector<int32_t>{798, 3957, 607, 40, 4386, 3944}));
  Random random(0);
  EXPECT_EQ(random.next(), 11091344671253066420u);  // The generator's published first value for this seed.
}

TEST(Sampler, RefusesSettingsOutOfRange) {
  for (const SamplerSettings& settings : {SamplerSettings{.temperature = -1},
                                          {.temperature = std::nanf("")},
                                          {.top_k = -1},
                                          {.top_p = 0},
                                          {.top_p = 1.5f},
                                          {.min_p = 1},
                                          {.repetition_penalty = 0},
                                          {.repetition_window = -1}}) {
    EXPECT_EQ(Sampler::create(settings).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Exponential, AgreesWithTheMathLibrary) {
  for (double x = 0; x > -700; x -= 0.0137) ASSERT_NEAR(exponential(x) / std::exp(x), 1, 1e-14) << x;
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-701), 0);
  EXPECT_EQ(exponential(-std::numeric_limits<double>::infinity()), 0);
}

}  // namespace
}  // namespace tandem
