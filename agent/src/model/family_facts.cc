#include "model/family_facts.h"

#include <cmath>

namespace tandem {
namespace {

constexpr int64_t kMostContext = int64_t{1} << 30;

// 0, or no key: every layer sees everything.
Result<void> read_window(const Metadata& read, int64_t absent, HyperParameters& shape) {
  TANDEM_ASSIGN(shape.window, read.count_or("attention.sliding_window", absent, kMostContext));
  constexpr const char* kPattern = "attention.sliding_window_pattern";
  if (!read.has(kPattern)) return {};
  TANDEM_ASSIGN(shape.global_every, read.size(kPattern, shape.layers + 1));
  return {};
}

// The query of the 27B models is scaled by the embedding's share of a head, not by the head's own size
// (config.py of gemma_pytorch); files do not say.
float gemma_scale(const HyperParameters& shape, int64_t layers_of_27b) {
  const int64_t size = shape.layers == layers_of_27b ? shape.embedding / shape.heads : shape.head_dim;
  return 1.0F / std::sqrt(static_cast<float>(size));
}

// Files of the first weeks have no caps: those of Google's config.json.
Result<void> read_gemma2(const Metadata& read, HyperParameters& shape) {
  shape.global_every = 2;
  TANDEM_TRY(read_window(read, 4096, shape));
  TANDEM_ASSIGN(shape.attention_softcap, read.positive_or("attn_logit_softcapping", 50.0F));
  TANDEM_ASSIGN(shape.logit_softcap, read.positive_or("final_logit_softcapping", 30.0F));
  shape.attention_scale = gemma_scale(shape, 46);
  return {};
}

Result<void> read_gemma3(const Metadata& read, HyperParameters& shape) {
  shape.global_every = 6;
  TANDEM_TRY(read_window(read, 0, shape));
  TANDEM_ASSIGN(shape.local_rope_base, read.positive_or("rope.freq_base_swa", 10000.0F));
  if (read.has("final_logit_softcapping")) {
    TANDEM_ASSIGN(shape.logit_softcap, read.positive_or("final_logit_softcapping", 0.0F));
  }
  shape.attention_scale = gemma_scale(shape, 62);
  return {};
}

Result<void> read_phi3(const Metadata& read, HyperParameters& shape) {
  TANDEM_TRY(read_window(read, 0, shape));
  const bool has_long = read.has_tensor("rope_factors_long.weight");
  const bool has_short = read.has_tensor("rope_factors_short.weight");
  if (has_long != has_short) {
    const std::string missing = has_long ? "rope_factors_short" : "rope_factors_long";
    return Error{ErrorCode::kModelIncomplete,
                 "The model has rope factors for " + std::string(has_long ? "long" : "short") +
                     " contexts but no tensor " + missing + ": fetch or convert it again.",
                 {{"tensor", missing}}};
  }
  if (!has_long) return {};
  TANDEM_ASSIGN(shape.short_context, read.size("rope.scaling.original_context_length", kMostContext));
  TANDEM_ASSIGN(shape.rope_magnitude, read.positive_or("rope.scaling.attn_factor", 1.0F));
  return {};
}

}  // namespace

Result<void> read_family_facts(const Metadata& read, HyperParameters& shape) {
  if (is_gemma(shape.family)) shape.embedding_scale = std::sqrt(static_cast<float>(shape.embedding));
  switch (shape.family) {
    case Family::kPhi3:
      return read_phi3(read, shape);
    case Family::kGemma2:
      return read_gemma2(read, shape);
    case Family::kGemma3:
      return read_gemma3(read, shape);
    default:
      return {};
  }
}

}  // namespace tandem
