#include "model/hyper_parameters.h"

#include <cmath>
#include <optional>

namespace tandem {
namespace {

std::optional<Family> family_by_name(std::string_view name) {
  if (name == "llama") return Family::kLlama;
  if (name == "qwen2") return Family::kQwen2;
  if (name == "qwen3") return Family::kQwen3;
  return std::nullopt;
}

Error unsupported_family(std::string_view name) {
  const std::string text(name);
  return {ErrorCode::kModelFamilyUnsupported,
          "The model's family is \"" + text +
              "\"; Tandem runs llama, qwen2 and qwen3: choose a model of one of these.",
          {{"family", text}, {"supported", "llama, qwen2, qwen3"}}};
}

Error bad_value(const std::string& key, const std::string& value, const std::string& expected) {
  return {ErrorCode::kModelBadValues,
          "The model's " + key + " is " + value + ", but it has to be " + expected +
              ": the file is damaged or not made for this family, so fetch or convert it again.",
          {{"key", key}, {"value", value}, {"expected", expected}}};
}

// Reads `<family>.<key>` and keeps it within what a real model can have, so that no later product overflows.
class Reader {
 public:
  Reader(const GgufFile& file, Family family)
      : file_(file), prefix_(std::string(family_name(family)) + ".") {}

  [[nodiscard]] std::string key(const char* name) const { return prefix_ + name; }
  [[nodiscard]] bool has(const char* name) const { return file_.has(key(name)); }

  Result<int64_t> size(const char* name, int64_t most) const {
    TANDEM_ASSIGN(const uint32_t value, file_.get_u32(key(name)));
    return checked(name, value, most);
  }

  Result<int64_t> size_or(const char* name, int64_t absent, int64_t most) const {
    return has(name) ? size(name, most) : checked(name, absent, most);
  }

  Result<float> positive_or(const char* name, float absent) const {
    TANDEM_ASSIGN(const float value, file_.get_f32_or(key(name), absent));
    if (!(value > 0) || !std::isfinite(value))
      return bad_value(key(name), std::to_string(value), "a positive number");
    return value;
  }

 private:
  Result<int64_t> checked(const char* name, int64_t value, int64_t most) const {
    if (value >= 1 && value <= most) return value;
    return bad_value(key(name), std::to_string(value), "from 1 to " + std::to_string(most));
  }

  const GgufFile& file_;
  std::string prefix_;
};

Result<float> read_rope_scale(const GgufFile& file, const Reader& read) {
  TANDEM_ASSIGN(const std::string_view type, file.get_string_or(read.key("rope.scaling.type"), "none"));
  if (type != "none" && type != "linear") {
    return Error{ErrorCode::kUnsupported,
                 "The model stretches its context with rope scaling \"" + std::string(type) +
                     "\"; Tandem runs \"linear\" only: choose the model without context extension.",
                 {{"key", read.key("rope.scaling.type")}, {"value", std::string(type)}}};
  }
  const char* old_key = "rope.scale_linear";
  const char* key = read.has("rope.scaling.factor") || !read.has(old_key) ? "rope.scaling.factor" : old_key;
  if (type == "none" && !read.has(old_key)) return 1.0F;
  TANDEM_ASSIGN(const float factor, read.positive_or(key, 1.0F));
  return 1.0F / factor;
}

Result<void> check_consistent(const HyperParameters& shape, const Reader& read) {
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

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kLlama:
      return "llama";
    case Family::kQwen2:
      return "qwen2";
    case Family::kQwen3:
      return "qwen3";
  }
  return "unknown";
}

Result<HyperParameters> read_hyper_parameters(const GgufFile& file) {
  TANDEM_ASSIGN(const std::string_view architecture, file.get_string("general.architecture"));
  const std::optional<Family> family = family_by_name(architecture);
  if (!family) return unsupported_family(architecture);
  const Reader read(file, *family);
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
  shape.rope_style = *family == Family::kLlama ? RopeStyle::kInterleaved : RopeStyle::kSplitHalf;
  TANDEM_ASSIGN(shape.rope_dims, read.size_or("rope.dimension_count", shape.head_dim, 1024));
  TANDEM_ASSIGN(shape.rope_base, read.positive_or("rope.freq_base", 10000.0F));
  TANDEM_ASSIGN(shape.rope_scale, read_rope_scale(file, read));
  TANDEM_TRY(check_consistent(shape, read));

  TANDEM_ASSIGN(const TensorView embedding, file.get_tensor("token_embd.weight"));
  shape.vocabulary = embedding.rows;
  if (shape.vocabulary < 1 || shape.vocabulary > (1 << 24)) {
    return bad_value("number of rows of token_embd", std::to_string(shape.vocabulary), "from 1 to 16777216");
  }
  return shape;
}

}  // namespace tandem
