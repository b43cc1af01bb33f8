// What shapes a transformer: read once from the GGUF metadata, checked for sanity, then only passed around.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gguf/file.h"

namespace tandem {

enum class Family { kLlama, kQwen2, kQwen3 };

// As in `general.architecture` and on the wire.
[[nodiscard]] std::string_view family_name(Family family);

// Which elements of a head are rotated together: (2i, 2i+1), or (i, i + dims/2) as in NeoX.
enum class RopeStyle { kInterleaved, kSplitHalf };

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
  float rope_scale = 1;  // Positions are multiplied by this (linear scaling: 1 / factor).

  [[nodiscard]] int64_t query_width() const { return heads * head_dim; }
  [[nodiscard]] int64_t kv_width() const { return kv_heads * head_dim; }
};

// Errors: model-family-unsupported, model-incomplete (names the key), model-bad-values (names the key and
// value).
[[nodiscard]] Result<HyperParameters> read_hyper_parameters(const GgufFile& file);

}  // namespace tandem
