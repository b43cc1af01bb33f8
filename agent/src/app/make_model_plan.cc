#include "app/make_model_plan.h"

#include <cmath>
#include <optional>

#include "model/family.h"

namespace tandem::app {
namespace {

Error does_not_fit(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "A model cannot be made: " + what + "; change it.", {}};
}

// llama.cpp's quantiser gives more bits to the first and last eighth of the layers and to every third
// between.
bool has_more_bits(uint32_t layer, uint32_t layers) {
  const uint32_t eighth = layers / 8;
  return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
}

bool is_quantized(TensorType type) { return type_traits(type).block_size > 1; }

class Planner {
 public:
  Planner(const MakeModelOptions& options, Family family)
      : options_(options), shape_(options.shape), family_(family) {}

  std::vector<PlannedTensor> plan() {
    // Logits of unit variance, from a normalised input.
    matrix("token_embd.weight", shape_.tied ? output_type() : options_.type, shape_.embedding,
           shape_.vocabulary, 1);
    for (uint32_t layer = 0; layer < shape_.layers; layer++) plan_layer(layer);
    vector("output_norm.weight", shape_.embedding, 1);
    if (family_ == Family::kPhi3) {
      vector("rope_factors_short.weight", shape_.head_dim / 2, 1.1F);
      vector("rope_factors_long.weight", shape_.head_dim / 2, 4);
    }
    if (!shape_.tied) matrix("output.weight", output_type(), shape_.embedding, shape_.vocabulary, 1);
    return std::move(tensors_);
  }

 private:
  void plan_layer(uint32_t layer) {
    const std::string blk = "blk." + std::to_string(layer) + ".";
    const TensorType base = options_.type;
    const bool k_mix =
        options_.mix == TypeMix::kUsual && (base == TensorType::kQ4_K || base == TensorType::kQ5_K);
    const TensorType rich = k_mix && has_more_bits(layer, shape_.layers) ? TensorType::kQ6_K : base;
    const uint32_t query = shape_.heads * shape_.head_dim;
    const uint32_t key_value = shape_.kv_heads * shape_.head_dim;
    // Each of the 2 * layers contributions to the residual stream is small enough for their sum to have unit
    // variance.
    const float residual = 1 / std::sqrt(2 * static_cast<float>(shape_.layers));

    vector(blk + "attn_norm.weight", shape_.embedding, 1);
    const bool fused = family_ == Family::kPhi3;
    if (fused) {
      matrix(blk + "attn_qkv.weight", base, shape_.embedding, query + 2 * key_value, 1);
    } else {
      matrix(blk + "attn_q.weight", base, shape_.embedding, query, 1);
      matrix(blk + "attn_k.weight", base, shape_.embedding, key_value, 1);
      matrix(blk + "attn_v.weight", rich, shape_.embedding, key_value, 1);
    }
    if (family_ == Family::kQwen2) {
      vector(blk + "attn_q.bias", query, 0);
      vector(blk + "attn_k.bias", key_value, 0);
      vector(blk + "attn_v.bias", key_value, 0);
    }
    if (family_ == Family::kQwen3 || family_ == Family::kGemma3) {
      vector(blk + "attn_q_norm.weight", shape_.head_dim, 1);
      vector(blk + "attn_k_norm.weight", shape_.head_dim, 1);
    }
    matrix(blk + "attn_output.weight", base, query, shape_.embedding, residual);
    if (is_gemma(family_)) vector(blk + "post_attention_norm.weight", shape_.embedding, residual);
    vector(blk + "ffn_norm.weight", shape_.embedding, 1);
    if (!fused) matrix(blk + "ffn_gate.weight", base, shape_.embedding, shape_.feed_forward, 1);
    matrix(blk + "ffn_up.weight", base, shape_.embedding, (fused ? 2 : 1) * shape_.feed_forward, 1);
    matrix(blk + "ffn_down.weight", rich, shape_.feed_forward, shape_.embedding, residual);
    if (is_gemma(family_)) vector(blk + "post_ffw_norm.weight", shape_.embedding, residual);
  }

  [[nodiscard]] TensorType output_type() const {
    const bool richer =
        options_.mix == TypeMix::kUsual && is_quantized(options_.type) && options_.type != TensorType::kQ8_0;
    return richer ? TensorType::kQ6_K : options_.type;
  }

  // Of unit gain: outputs are as large as inputs.
  void matrix(std::string name, TensorType type, uint64_t columns, uint64_t rows, float gain) {
    const float deviation = gain / std::sqrt(static_cast<float>(columns));
    tensors_.push_back({std::move(name), type, {columns, rows}, 0, deviation});
  }

  void vector(std::string name, uint64_t size, float mean) {
    tensors_.push_back({std::move(name), TensorType::kF32, {size}, mean, 0.05f});
  }

  const MakeModelOptions& options_;
  const ModelShape& shape_;
  const Family family_;
  std::vector<PlannedTensor> tensors_;
};

}  // namespace

Result<std::vector<PlannedTensor>> plan_tensors(const MakeModelOptions& options) {
  const ModelShape& shape = options.shape;
  const std::optional<Family> family = family_by_name(options.family);
  if (!family) {
    return does_not_fit("the family is \"" + options.family + "\", and " + family_names("and") +
                        " can be made");
  }
  for (const uint32_t size : {shape.layers, shape.embedding, shape.feed_forward, shape.heads, shape.kv_heads,
                              shape.head_dim, shape.vocabulary, shape.context}) {
    if (size == 0 || size > 1u << 24) return does_not_fit("every size must be from 1 to 16777216");
  }
  if (shape.heads % shape.kv_heads != 0)
    return does_not_fit("the heads must be a multiple of the key-value heads");
  if (shape.head_dim % 2 != 0) return does_not_fit("the size of a head must be even");
  std::vector<PlannedTensor> tensors = Planner(options, *family).plan();
  for (const PlannedTensor& tensor : tensors) {
    const TypeTraits traits = type_traits(tensor.type);
    if (tensor.dims[0] % traits.block_size != 0) {
      return does_not_fit("the rows of " + tensor.name + " have " + std::to_string(tensor.dims[0]) +
                          " weights, and " + std::string(traits.name) + " needs a multiple of " +
                          std::to_string(traits.block_size));
    }
  }
  return tensors;
}

}  // namespace tandem::app
