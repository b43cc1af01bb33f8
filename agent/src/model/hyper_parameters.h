// What shapes a transformer: read once from the GGUF metadata, checked for sanity, then only passed around.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "gguf/file.h"
#include "model/family.h"

namespace tandem {

// Which elements of a head are rotated together: (2i, 2i+1), or (i, i + dims/2) as in NeoX.
enum class RopeStyle { kInterleaved, kSplitHalf };

[[nodiscard]] constexpr RopeStyle rope_style_of(Family family) {
  return family == Family::kLlama || family == Family::kInternLm2 ? RopeStyle::kInterleaved
                                                                  : RopeStyle::kSplitHalf;
}

struct HyperParameters {
  Family family = Family::kLlama;
  std::string name;  // `general.name`, or the file's name.
  int64_t layers = 0;
  int64_t embedding = 0;
  int64_t feed_forward = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t vocabulary = 0;
  int64_t trained_context = 0;
  float norm_epsilon = 0;
  RopeStyle rope_style = RopeStyle::kInterleaved;
  int64_t rope_dims = 0;  // Leading elements of a head that are rotated.
  float rope_base = 0;
  float rope_scale = 1;       // Positions are multiplied by this (linear scaling: 1 / factor).
  float rope_magnitude = 1;   // Rotated elements are multiplied by this (phi3 with a stretched context).
  int64_t short_context = 0;  // A longer context takes `rope_factors_long`; 0: there is no such choice.
  float local_rope_base = 0;  // Of local layers, whose positions are not scaled; 0: as the others.
  int64_t window = 0;         // Positions that a token sees in a local layer, its own included; 0: all.
  int64_t global_every = 0;   // Of so many layers the last sees all positions; 0: all layers are local.
  float embedding_scale = 1;
  float attention_scale = 0;    // Of scores; 0: 1 / sqrt(head_dim).
  float attention_softcap = 0;  // Scores become softcap * tanh(score / softcap); 0: they stay.
  float logit_softcap = 0;      // The same of logits.

  [[nodiscard]] int64_t query_width() const { return heads * head_dim; }
  [[nodiscard]] int64_t kv_width() const { return kv_heads * head_dim; }
  [[nodiscard]] float score_scale() const {
    return attention_scale > 0 ? attention_scale : 1.0F / std::sqrt(static_cast<float>(head_dim));
  }
  [[nodiscard]] bool is_local(int64_t layer) const {
    return window > 0 && (global_every == 0 || (layer + 1) % global_every != 0);
  }
  [[nodiscard]] float rope_base_of(bool local) const {
    return local && local_rope_base > 0 ? local_rope_base : rope_base;
  }
  [[nodiscard]] float rope_scale_of(bool local) const {
    return local && local_rope_base > 0 ? 1.0F : rope_scale;
  }
};

// Errors: model-family-unsupported, model-incomplete (names the key), model-bad-values (names the key and
// value), unsupported.
[[nodiscard]] Result<HyperParameters> read_hyper_parameters(const GgufFile& file);

}  // namespace tandem
