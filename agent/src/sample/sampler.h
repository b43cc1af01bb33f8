// Chooses the next token from logits. The same settings, seed and logits give the same tokens on every
// device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "sample/random.h"

namespace tandem {

// In this order: repetition penalty, temperature, top-k, top-p, min-p. Defaults: greedy, all filters off.
struct SamplerSettings {
  float temperature = 0;  // 0: greedy.
  int32_t top_k = 0;      // 0: off.
  float top_p = 1;        // 1: off.
  float min_p = 0;        // 0: off.
  float repetition_penalty =
      1;  // 1: off. Logits of recent tokens: divided where positive, multiplied where not.
  int32_t repetition_window = 64;  // Tokens looked back.
  uint64_t seed = 0;
};

class Sampler {
 public:
  // Error invalid-argument names the setting that is out of range.
  [[nodiscard]] static Result<Sampler> create(const SamplerSettings& settings);

  // logits: [vocabulary]. Error model-bad-values where one is NaN or none is finite.
  [[nodiscard]] Result<int32_t> sample(std::span<const float> logits);

  // Tells of a token that is now part of the text (prompt tokens too), for the repetition penalty.
  void accept(int32_t token);

 private:
  explicit Sampler(const SamplerSettings& settings);

  struct Candidate {
    float logit;
    double weight;  // Proportional to its probability; 1 for the likeliest.
    int32_t token;
  };

  [[nodiscard]] std::span<const float> penalised(std::span<const float> logits);
  [[nodiscard]] static Result<int32_t> greedy(std::span<const float> logits);
  [[nodiscard]] Result<int32_t> random_choice(std::span<const float> logits);
  // A strict order: of equals, the lower id comes first.
  [[nodiscard]] static bool likelier(const Candidate& a, const Candidate& b);
  void keep_top_k();
  void keep_top_p();

  SamplerSettings settings_;
  Random random_;
  std::vector<int32_t> recent_;  // Ring of repetition_window tokens.
  size_t recent_next_ = 0;
  std::vector<float> adjusted_;        // Scratch: logits after the penalty.
  std::vector<Candidate> candidates_;  // Scratch.
};

}  // namespace tandem
