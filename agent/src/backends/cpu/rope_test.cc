#include "backends/cpu/rope.h"

#include <gtest/gtest.h>

#include "backends/cpu/test_support.h"

namespace tandem::cpu {
namespace {

class Rope : public testing::TestWithParam<Isa> {};

std::vector<double> rotated(const std::vector<float>& values, const RopeOptions& options, int64_t first,
                            int64_t tokens, int64_t heads, int64_t head_dim) {
  std::vector<double> out(values.begin(), values.end());
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t h = 0; h < heads; ++h) {
      double* x = out.data() + (t * heads + h) * head_dim;
      for (int64_t i = 0; i < options.dims / 2; ++i) {
        const double factor =
            options.factors.empty() ? 1 : static_cast<double>(options.factors[static_cast<size_t>(i)]);
        const double angle =
            static_cast<double>(first + t) * options.scale *
            std::pow(options.base, -2.0 * static_cast<double>(i) / static_cast<double>(options.dims)) /
            factor;
        const bool halves = options.pairs == RopePairs::kSplitHalf;
        double& a = halves ? x[i] : x[2 * i];
        double& b = halves ? x[i + options.dims / 2] : x[2 * i + 1];
        const double old = a;
        const double magnitude = static_cast<double>(options.magnitude);
        a = magnitude * (old * std::cos(angle) - b * std::sin(angle));
        b = magnitude * (old * std::sin(angle) + b * std::cos(angle));
      }
    }
  }
  return out;
}

TEST_P(Rope, RotatesBothWays) {
  ThreadPool pool({.threads = 2, .cores = {}});
  const Target target{GetParam(), pool};
  for (const RopePairs pairs : {RopePairs::kInterleaved, RopePairs::kSplitHalf}) {
    for (const int64_t head_dim : {8, 64, 80, 128}) {
      for (const int64_t dims : {head_dim, head_dim / 2 / 2 * 2}) {
        RopeOptions options{pairs, dims, 500000, 0.25, {}, dims == head_dim ? 1.0f : 1.19f};
        for (int64_t i = 0; i < dims / 2; ++i) options.factors.push_back(1.0f + 0.5f * static_cast<float>(i));
        const int64_t tokens = 40, heads = 6;
        const auto values = random_values(static_cast<size_t>(tokens * heads * head_dim), 9);
        RopeTable table(options);
        for (const int64_t first : {0, 4000}) {
          auto got = values;
          table.set_positions(first, tokens);
          table.apply(got.data(), tokens, heads, head_dim, target);
          EXPECT_LT(normalised_error(got, rotated(values, options, first, tokens, heads, head_dim)), 1e-12)
              << head_dim << " " << dims << " " << first;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Rope, testing::ValuesIn(available_isas()),
                         [](const auto& test) { return std::string(isa_name(test.param)); });

}  // namespace
}  // namespace tandem::cpu
