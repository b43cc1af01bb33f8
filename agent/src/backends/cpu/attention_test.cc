#include "backends/cpu/attention.h"

#include <gtest/gtest.h>

#include <cstring>

#include "backends/cpu/test_support.h"
#include "tensor/half.h"

namespace tandem::cpu {
namespace {

struct Case {
  int64_t heads, kv_heads, head_dim;
  int64_t before;  // Positions that are in the cache already.
  int64_t tokens;
  int threads;
  int64_t window = 0;
  float softcap = 0;
};

// Softmax over all positions at once, in double. keys, values: [length, kv_heads * head_dim].
std::vector<double> truth(const Case& c, const std::vector<float>& queries, const std::vector<float>& keys,
                          const std::vector<float>& values) {
  std::vector<double> out(queries.size(), 0.0);
  const double scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  const auto at = [&](int64_t position, int64_t head) {
    return static_cast<size_t>((position * c.kv_heads + head / (c.heads / c.kv_heads)) * c.head_dim);
  };
  for (int64_t t = 0; t < c.tokens; ++t) {
    for (int64_t h = 0; h < c.heads; ++h) {
      const auto row = static_cast<size_t>((t * c.heads + h) * c.head_dim);
      std::vector<double> scores;
      double best = -INFINITY;
      const int64_t first = c.window == 0 ? 0 : std::max<int64_t>(c.before + t + 1 - c.window, 0);
      for (int64_t p = first; p <= c.before + t; ++p) {
        double score = 0;
        for (size_t d = 0; d < static_cast<size_t>(c.head_dim); ++d) {
          score += static_cast<double>(queries[row + d]) * static_cast<double>(keys[at(p, h) + d]);
        }
        score *= scale;
        if (c.softcap > 0) score = c.softcap * std::tanh(score / static_cast<double>(c.softcap));
        scores.push_back(score);
        best = std::max(best, scores.back());
      }
      double weight = 0;
      for (double& score : scores) weight += score = std::exp(score - best);
      for (int64_t p = first; p <= c.before + t; ++p) {
        for (size_t d = 0; d < static_cast<size_t>(c.head_dim); ++d) {
          out[row + d] +=
              scores[static_cast<size_t>(p - first)] / weight * static_cast<double>(values[at(p, h) + d]);
        }
      }
    }
  }
  return out;
}

class Attention : public testing::TestWithParam<Isa> {
 protected:
  void expect_agrees(const Case& c, float query_scale) {
    ThreadPool pool({.threads = c.threads, .cores = {}});
    const Target target{GetParam(), pool};
    const int64_t length = c.before + c.tokens;
    const auto width = static_cast<size_t>(c.kv_heads * c.head_dim);
    auto keys = random_values(static_cast<size_t>(length) * width, 21);
    auto values = random_values(static_cast<size_t>(length) * width, 22);
    const auto queries = random_values(static_cast<size_t>(c.tokens * c.heads * c.head_dim), 23, query_scale);

    KvLayer cache;
    cache.capacity = kv_capacity(length + 5);
    cache.kv_heads = c.kv_heads;
    cache.head_dim = c.head_dim;
    auto key_memory = Memory::allocate(static_cast<size_t>(cache.elements()) * 2);
    auto value_memory = Memory::allocate(static_cast<size_t>(cache.elements()) * 2);
    ASSERT_TRUE(key_memory.ok() && value_memory.ok());
    // NaN everywhere: what was not appended must not count.
    std::memset(key_memory->data(), 0xff, key_memory->bytes());
    std::memset(value_memory->data(), 0xff, value_memory->bytes());
    cache.keys = reinterpret_cast<uint16_t*>(key_memory->data());
    cache.values = reinterpret_cast<uint16_t*>(value_memory->data());
    const int64_t first = c.before / 2;  // In two or three parts, as a conversation does.
    kv_append(keys.data(), values.data(), first, 0, cache, target);
    kv_append(keys.data() + static_cast<size_t>(first) * width,
              values.data() + static_cast<size_t>(first) * width, length - first, first, cache, target);

    auto scratch = AttentionScratch::create(c.heads, c.head_dim);
    ASSERT_TRUE(scratch.ok());
    std::vector<float> out(queries.size(), NAN);
    const AttentionForm form = {1 / std::sqrt(static_cast<float>(c.head_dim)), c.softcap, c.window};
    attention(queries.data(), c.tokens, c.before, c.heads, form, cache, out.data(), *scratch, target);
    for (auto* stored : {&keys, &values}) {
      for (float& value : *stored) value = half_to_float(float_to_half(value));
    }
    EXPECT_LT(normalised_error(out, truth(c, queries, keys, values)), 1e-10)
        << c.heads << "/" << c.kv_heads << " heads of " << c.head_dim << ", " << c.before << " + " << c.tokens
        << ", window " << c.window << ", cap " << c.softcap;
  }
};

TEST_P(Attention, Prefill) {
  for (const Case& c : {Case{8, 8, 8, 0, 20, 2}, Case{4, 1, 64, 0, 70, 2}, Case{6, 2, 80, 33, 40, 2},
                        Case{32, 8, 64, 0, 33, 1}, Case{14, 2, 64, 10, 17, 3}, Case{20, 1, 128, 3, 5, 2},
                        Case{2, 2, 256, 100, 30, 2}, Case{2, 1, 20, 7, 9, 1}}) {
    expect_agrees(c, 1.0f);
  }
}

TEST_P(Attention, Decode) {
  for (const int64_t before : {0, 1, 15, 16, 63, 64, 65, 300, 1100}) {
    expect_agrees({8, 2, 64, before, 1, 1}, 1.0f);
    expect_agrees({8, 2, 64, before, 1, 4}, 1.0f);  // Splits the context where it is long.
  }
  expect_agrees({20, 1, 128, 700, 1, 4}, 1.0f);
}

TEST_P(Attention, Window) {
  for (const int64_t window : {1, 7, 16, 17, 64, 65, 600}) {
    expect_agrees({4, 2, 64, 0, 70, 2, window}, 1.0f);
    expect_agrees({4, 1, 64, 93, 41, 2, window}, 1.0f);
    expect_agrees({8, 8, 32, 200, 33, 1, window}, 1.0f);
    for (const int64_t before : {0, 15, 64, 500, 1100}) expect_agrees({8, 2, 64, before, 1, 4, window}, 1.0f);
  }
}

TEST_P(Attention, Softcap) {
  for (const float softcap : {1.5f, 50.0f}) {
    expect_agrees({4, 2, 64, 5, 70, 2, 0, softcap}, 3.0f);
    expect_agrees({4, 2, 64, 700, 1, 4, 0, softcap}, 3.0f);
    expect_agrees({4, 2, 64, 90, 40, 2, 33, softcap}, 60.0f);
  }
}

// Scores of hundreds: without the running maximum exp would overflow.
TEST_P(Attention, LargeScores) {
  expect_agrees({4, 2, 64, 90, 40, 2}, 60.0f);
  expect_agrees({4, 2, 64, 900, 1, 4}, 60.0f);
}

INSTANTIATE_TEST_SUITE_P(All, Attention, testing::ValuesIn(available_isas()),
                         [](const auto& test) { return std::string(isa_name(test.param)); });

}  // namespace
}  // namespace tandem::cpu
