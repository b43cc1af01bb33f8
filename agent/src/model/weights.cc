#include "model/weights.h"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {
namespace {

std::string shape_text(int64_t rows, int64_t columns) {
  return std::string("[").append(std::to_string(rows)) + ", " + std::to_string(columns) + "]";
}

class Finder {
 public:
  Finder(const GgufFile& file, Weights& weights) : file_(file), weights_(weights) {}

  // `name` as in the file without its ".weight"; a bias keeps its suffix.
  Result<WeightId> matrix(const std::string& name, int64_t rows, int64_t columns) {
    TANDEM_ASSIGN(const TensorView view, file_.get_tensor(file_name(name)));
    if (view.rows != rows || view.columns != columns) {
      return Error{ErrorCode::kModelIncomplete,
                   "The model's tensor " + name + " has the shape " + shape_text(view.rows, view.columns) +
                       " where its metadata calls for " + shape_text(rows, columns) +
                       ": the file is damaged, so fetch or convert it again.",
                   {{"tensor", name},
                    {"shape", shape_text(view.rows, view.columns)},
                    {"expected", shape_text(rows, columns)}}};
    }
    weights_.table.push_back({name, view});
    return static_cast<WeightId>(weights_.table.size() - 1);
  }

  // A tensor whose rows are those of `parts` weights, one behind the other.
  template <size_t N>
  Result<void> fused(const std::string& name, const std::array<std::pair<WeightId*, int64_t>, N>& parts,
                     int64_t columns) {
    int64_t rows = 0;
    for (const auto& [id, count] : parts) rows += count;
    TANDEM_ASSIGN(const WeightId whole, matrix(name, rows, columns));
    const TensorView view = weights_.view(whole);
    weights_.table.pop_back();
    int64_t first = 0;
    for (const auto& [id, count] : parts) {
      weights_.table.push_back({name, rows_of(view, first, count)});
      *id = static_cast<WeightId>(weights_.table.size() - 1);
      first += count;
    }
    return {};
  }

  [[nodiscard]] bool has(const std::string& name) const {
    return file_.find_tensor(file_name(name)) != nullptr;
  }

  Result<WeightId> vector(const std::string& name, int64_t length) { return matrix(name, 1, length); }

  Result<WeightId> optional_vector(const std::string& name, int64_t length) {
    if (!has(name)) return kNoWeight;
    return vector(name, length);
  }

 private:
  static std::string file_name(const std::string& name) {
    return name.ends_with(".bias") ? name : name + ".weight";
  }

  const GgufFile& file_;
  Weights& weights_;
};

Result<void> find_attention(Finder& find, const HyperParameters& shape, const std::string& prefix,
                            LayerWeights& w) {
  const int64_t q = shape.query_width();
  const int64_t kv = shape.kv_width();
  if (shape.family == Family::kPhi3 && find.has(prefix + "attn_qkv")) {
    const std::array parts = {std::pair(&w.attn_q, q), std::pair(&w.attn_k, kv), std::pair(&w.attn_v, kv)};
    TANDEM_TRY(find.fused(prefix + "attn_qkv", parts, shape.embedding));
  } else {
    TANDEM_ASSIGN(w.attn_q, find.matrix(prefix + "attn_q", q, shape.embedding));
    TANDEM_ASSIGN(w.attn_k, find.matrix(prefix + "attn_k", kv, shape.embedding));
    TANDEM_ASSIGN(w.attn_v, find.matrix(prefix + "attn_v", kv, shape.embedding));
  }
  TANDEM_ASSIGN(w.attn_output, find.matrix(prefix + "attn_output", shape.embedding, q));
  TANDEM_ASSIGN(w.attn_q_bias, find.optional_vector(prefix + "attn_q.bias", q));
  TANDEM_ASSIGN(w.attn_k_bias, find.optional_vector(prefix + "attn_k.bias", kv));
  TANDEM_ASSIGN(w.attn_v_bias, find.optional_vector(prefix + "attn_v.bias", kv));
  if (shape.family == Family::kQwen3 || shape.family == Family::kGemma3) {
    TANDEM_ASSIGN(w.attn_q_norm, find.vector(prefix + "attn_q_norm", shape.head_dim));
    TANDEM_ASSIGN(w.attn_k_norm, find.vector(prefix + "attn_k_norm", shape.head_dim));
  }
  return {};
}

Result<void> find_feed_forward(Finder& find, const HyperParameters& shape, const std::string& prefix,
                               LayerWeights& w) {
  if (shape.family == Family::kPhi3 && !find.has(prefix + "ffn_gate")) {
    const std::array parts = {std::pair(&w.ffn_gate, shape.feed_forward),
                              std::pair(&w.ffn_up, shape.feed_forward)};
    TANDEM_TRY(find.fused(prefix + "ffn_up", parts, shape.embedding));
  } else {
    TANDEM_ASSIGN(w.ffn_gate, find.matrix(prefix + "ffn_gate", shape.feed_forward, shape.embedding));
    TANDEM_ASSIGN(w.ffn_up, find.matrix(prefix + "ffn_up", shape.feed_forward, shape.embedding));
  }
  TANDEM_ASSIGN(w.ffn_down, find.matrix(prefix + "ffn_down", shape.embedding, shape.feed_forward));
  return {};
}

Result<LayerWeights> find_layer(Finder& find, const HyperParameters& shape, int64_t layer) {
  const std::string prefix = "blk." + std::to_string(layer) + ".";
  LayerWeights w;
  TANDEM_ASSIGN(w.attn_norm, find.vector(prefix + "attn_norm", shape.embedding));
  TANDEM_TRY(find_attention(find, shape, prefix, w));
  TANDEM_ASSIGN(w.ffn_norm, find.vector(prefix + "ffn_norm", shape.embedding));
  TANDEM_TRY(find_feed_forward(find, shape, prefix, w));
  if (is_gemma(shape.family)) {
    TANDEM_ASSIGN(w.attn_post_norm, find.vector(prefix + "post_attention_norm", shape.embedding));
    TANDEM_ASSIGN(w.ffn_post_norm, find.vector(prefix + "post_ffw_norm", shape.embedding));
  }
  return w;
}

// A tensor that nothing reads means another computation than ours, and answers that are wrong without a word.
Result<void> check_all_used(const GgufFile& file, const Weights& weights) {
  std::set<std::string_view> used;
  for (const Weight& weight : weights.table) used.insert(weight.name);
  for (const GgufTensor& tensor : file.tensors()) {
    std::string_view name = tensor.name;
    if (name.ends_with(".weight")) name.remove_suffix(std::string_view(".weight").size());
    // Old converters wrote constants of the rotation that nobody needs.
    if (used.contains(name) || name.ends_with("attn_rot_embd") || name.ends_with("rotary_emb.inv_freq"))
      continue;
    return Error{ErrorCode::kUnsupported,
                 "The model has a tensor " + std::string(name) +
                     " that its family does not use in Tandem: choose a plain " + family_names("or") +
                     " model.",
                 {{"tensor", std::string(name)}}};
  }
  return {};
}

}  // namespace

Result<Weights> find_weights(const GgufFile& file, const HyperParameters& shape) {
  Weights weights;
  Finder find(file, weights);
  TANDEM_ASSIGN(weights.token_embd, find.matrix("token_embd", shape.vocabulary, shape.embedding));
  TANDEM_ASSIGN(weights.output_norm, find.vector("output_norm", shape.embedding));
  const int64_t pairs = shape.rope_dims / 2;
  if (shape.short_context > 0) {
    TANDEM_ASSIGN(weights.rope_freqs, find.vector("rope_factors_short", pairs));
    TANDEM_ASSIGN(weights.rope_factors_long, find.vector("rope_factors_long", pairs));
  } else {
    TANDEM_ASSIGN(weights.rope_freqs, find.optional_vector("rope_freqs", pairs));
  }
  weights.output = weights.token_embd;
  if (file.find_tensor("output.weight") != nullptr) {
    TANDEM_ASSIGN(weights.output, find.matrix("output", shape.vocabulary, shape.embedding));
  }
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    TANDEM_ASSIGN(LayerWeights found, find_layer(find, shape, layer));
    weights.layers.push_back(found);
  }
  TANDEM_TRY(check_all_used(file, weights));
  return weights;
}

void choose_rope_factors(const HyperParameters& shape, int64_t context, Weights& weights) {
  if (shape.short_context > 0 && context > shape.short_context)
    weights.rope_freqs = weights.rope_factors_long;
}

}  // namespace tandem
