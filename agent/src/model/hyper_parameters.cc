#include "model/hyper_parameters.h"

#include <optional>
#include <string_view>

#include "model/family_facts.h"
#include "model/metadata.h"

namespace tandem {
namespace {

Error unsupported_family(std::string_view name) {
  const std::string text(name);
  const std::string families = family_names("and");
  return {
      ErrorCode::kModelFamilyUnsupported,
      "The model's family is \"" + text + "\"; Tandem runs " + families + ": choose a model of one of these.",
      {{"family", text}, {"supported", families}}};
}

Result<float> read_rope_scale(const Metadata& read, Family family) {
  TANDEM_ASSIGN(const std::string type, read.text_or("rope.scaling.type", "none"));
  // Its factors are tensors, which scale every pair of elements on its own.
  if (type == "longrope" && family == Family::kPhi3) return 1.0F;
  if (type != "none" && type != "linear") {
    return Error{ErrorCode::kUnsupported,
                 "The model stretches its context with rope scaling \"" + type +
                     "\"; Tandem runs \"linear\", and \"longrope\" of phi3: choose the model without "
                     "context extension.",
                 {{"key", read.key("rope.scaling.type")}, {"value", type}}};
  }
  const char* old_key = "rope.scale_linear";
  const char* key = read.has("rope.scaling.factor") || !read.has(old_key) ? "rope.scaling.factor" : old_key;
  if (type == "none" && !read.has(old_key)) return 1.0F;
  TANDEM_ASSIGN(const float factor, read.positive_or(key, 1.0F));
  return 1.0F / factor;
}

Result<void> check_consistent(const HyperParameters& shape, const Metadata& read) {
  if (shape.heads % shape.kv_heads != 0) {
    return bad_value(read.key("attention.head_count_kv"), std::to_string(shape.kv_heads),
                     "a divisor of the " + std::to_string(shape.heads) + " heads");
  }
  if (shape.rope_dims > shape.head_dim || shape.rope_dims % 2 != 0) {
    return bad_value(read.key("rope.dimension_count"), std::to_string(shape.rope_dims),
                     "even and at most the head's " + std::to_string(shape.head_dim));
  }
  return {};
}

}  // namespace

Result<HyperParameters> read_hyper_parameters(const GgufFile& file) {
  TANDEM_ASSIGN(const std::string_view architecture, file.get_string("general.architecture"));
  const std::optional<Family> family = family_by_name(architecture);
  if (!family) return unsupported_family(architecture);
  const Metadata read(file, *family);
  if (read.has("expert_count")) {
    TANDEM_ASSIGN(const uint32_t experts, file.get_u32(read.key("expert_count")));
    if (experts > 0) return unsupported_family(std::string(architecture) + " with experts");
  }

  HyperParameters shape;
  shape.family = *family;
  TANDEM_ASSIGN(const std::string_view name, file.get_string_or("general.name", ""));
  shape.name = std::string(name);
  TANDEM_ASSIGN(shape.layers, read.size("block_count", 1024));
  TANDEM_ASSIGN(shape.embedding, read.size("embedding_length", 1 << 17));
  TANDEM_ASSIGN(shape.feed_forward, read.size("feed_forward_length", 1 << 20));
  TANDEM_ASSIGN(shape.heads, read.size("attention.head_count", 1024));
  TANDEM_ASSIGN(shape.kv_heads, read.size_or("attention.head_count_kv", shape.heads, 1024));
  TANDEM_ASSIGN(shape.head_dim, read.size_or("attention.key_length", shape.embedding / shape.heads, 1024));
  TANDEM_ASSIGN(const int64_t value_dim, read.size_or("attention.value_length", shape.head_dim, 1024));
  if (value_dim != shape.head_dim) {
    return bad_value(read.key("attention.value_length"), std::to_string(value_dim),
                     "the same as the key length " + std::to_string(shape.head_dim));
  }
  TANDEM_ASSIGN(shape.trained_context, read.size("context_length", int64_t{1} << 30));
  TANDEM_ASSIGN(const float epsilon, file.get_f32(read.key("attention.layer_norm_rms_epsilon")));
  if (!(epsilon > 0) || epsilon > 1) {
    return bad_value(read.key("attention.layer_norm_rms_epsilon"), std::to_string(epsilon),
                     "between 0 and 1");
  }
  shape.norm_epsilon = epsilon;
  shape.rope_style = rope_style_of(*family);
  TANDEM_ASSIGN(shape.rope_dims, read.size_or("rope.dimension_count", shape.head_dim, 1024));
  TANDEM_ASSIGN(shape.rope_base, read.positive_or("rope.freq_base", 10000.0F));
  TANDEM_ASSIGN(shape.rope_scale, read_rope_scale(read, *family));
  TANDEM_TRY(check_consistent(shape, read));
  TANDEM_TRY(read_family_facts(read, shape));

  TANDEM_ASSIGN(const TensorView embedding, file.get_tensor("token_embd.weight"));
  shape.vocabulary = embedding.rows;
  if (shape.vocabulary < 1 || shape.vocabulary > (1 << 24)) {
    return bad_value("number of rows of token_embd", std::to_string(shape.vocabulary), "from 1 to 16777216");
  }
  return shape;
}

}  // namespace tandem
