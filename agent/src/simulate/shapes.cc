#include "simulate/shapes.h"

#include <array>

namespace tandem {
namespace {

struct Shape {
  const char* id;
  const char* name;
  Family family;
  int64_t layers, embedding, feed_forward, heads, kv_heads, head_dim, vocabulary, context;
  bool tied;        // The output matrix is the embedding's.
  bool rope_freqs;  // Llama 3.1 and later.
};

// From the models' own config.json.
constexpr std::array kShapes = {
    Shape{"llama-3-8b", "Llama-3-8B", Family::kLlama, 32, 4096, 14336, 32, 8, 128, 128256, 8192, false,
          false},
    Shape{"llama-2-7b", "Llama-2-7B", Family::kLlama, 32, 4096, 11008, 32, 32, 128, 32000, 4096, false,
          false},
    Shape{"llama-3.2-3b", "Llama-3.2-3B", Family::kLlama, 28, 3072, 8192, 24, 8, 128, 128256, 131072, true,
          true},
    Shape{"llama-3.2-1b", "Llama-3.2-1B", Family::kLlama, 16, 2048, 8192, 32, 8, 64, 128256, 131072, true,
          true},
    Shape{"internlm-1.8b", "InternLM2-1.8B", Family::kInternLm2, 24, 2048, 8192, 16, 8, 128, 92544, 32768,
          false, false},
    Shape{"qwen2.5-1.5b", "Qwen2.5-1.5B", Family::kQwen2, 28, 1536, 8960, 12, 2, 128, 151936, 32768, true,
          false},
    Shape{"qwen2.5-3b", "Qwen2.5-3B", Family::kQwen2, 36, 2048, 11008, 16, 2, 128, 151936, 32768, true,
          false},
    Shape{"qwen2.5-7b", "Qwen2.5-7B", Family::kQwen2, 28, 3584, 18944, 28, 4, 128, 152064, 32768, false,
          false},
    Shape{"qwen3-4b", "Qwen3-4B", Family::kQwen3, 36, 2560, 9728, 32, 8, 128, 151936, 40960, true, false},
    Shape{"qwen3-8b", "Qwen3-8B", Family::kQwen3, 36, 4096, 12288, 32, 8, 128, 151936, 40960, false, false},
};

class Maker {
 public:
  Maker(const Shape& from, TensorType type) : from_(from), type_(type) {
    HyperParameters& shape = model_.shape;
    shape.family = from.family;
    shape.name = from.name;
    shape.layers = from.layers;
    shape.embedding = from.embedding;
    shape.feed_forward = from.feed_forward;
    shape.heads = from.heads;
    shape.kv_heads = from.kv_heads;
    shape.head_dim = from.head_dim;
    shape.vocabulary = from.vocabulary;
    shape.trained_context = from.context;
    shape.rope_style = rope_style_of(from.family);
    shape.rope_dims = from.head_dim;
  }

  ModelShape make() && {
    Weights& weights = model_.weights;
    weights.token_embd = matrix("token_embd", from_.vocabulary, from_.embedding);
    weights.output_norm = vector("output_norm", from_.embedding);
    if (from_.rope_freqs) weights.rope_freqs = vector("rope_freqs", from_.head_dim / 2);
    weights.output = from_.tied ? weights.token_embd : matrix("output", from_.vocabulary, from_.embedding);
    for (int64_t layer = 0; layer < from_.layers; ++layer) {
      weights.layers.push_back(make_layer("blk." + std::to_string(layer) + "."));
    }
    return std::move(model_);
  }

 private:
  WeightId add(std::string name, TensorType type, int64_t rows, int64_t columns) {
    model_.weights.table.push_back({std::move(name), {type, rows, columns, {}}});
    return static_cast<WeightId>(model_.weights.table.size() - 1);
  }
  WeightId matrix(std::string name, int64_t rows, int64_t columns) {
    return add(std::move(name), type_, rows, columns);
  }
  WeightId vector(std::string name, int64_t length) {
    return add(std::move(name), TensorType::kF32, 1, length);
  }

  LayerWeights make_layer(const std::string& prefix) {
    const int64_t q = model_.shape.query_width(), kv = model_.shape.kv_width();
    LayerWeights w;
    w.attn_norm = vector(prefix + "attn_norm", from_.embedding);
    w.attn_q = matrix(prefix + "attn_q", q, from_.embedding);
    w.attn_k = matrix(prefix + "attn_k", kv, from_.embedding);
    w.attn_v = matrix(prefix + "attn_v", kv, from_.embedding);
    w.attn_output = matrix(prefix + "attn_output", from_.embedding, q);
    if (from_.family == Family::kQwen2) {
      w.attn_q_bias = vector(prefix + "attn_q.bias", q);
      w.attn_k_bias = vector(prefix + "attn_k.bias", kv);
      w.attn_v_bias = vector(prefix + "attn_v.bias", kv);
    }
    if (from_.family == Family::kQwen3) {
      w.attn_q_norm = vector(prefix + "attn_q_norm", from_.head_dim);
      w.attn_k_norm = vector(prefix + "attn_k_norm", from_.head_dim);
    }
    w.ffn_norm = vector(prefix + "ffn_norm", from_.embedding);
    w.ffn_gate = matrix(prefix + "ffn_gate", from_.feed_forward, from_.embedding);
    w.ffn_up = matrix(prefix + "ffn_up", from_.feed_forward, from_.embedding);
    w.ffn_down = matrix(prefix + "ffn_down", from_.embedding, from_.feed_forward);
    return w;
  }

  const Shape& from_;
  TensorType type_;
  ModelShape model_;
};

}  // namespace

int64_t ModelShape::parameters() const {
  int64_t sum = 0;
  for (const Weight& weight : weights.table) sum += weight.view.rows * weight.view.columns;
  return sum;
}

const std::vector<std::string>& model_shape_ids() {
  static const std::vector<std::string> ids = [] {
    std::vector<std::string> found;
    for (const Shape& shape : kShapes) found.emplace_back(shape.id);
    return found;
  }();
  return ids;
}

Result<ModelShape> model_shape(std::string_view id, TensorType type) {
  std::string known;
  for (const Shape& shape : kShapes) {
    known.append(known.empty() ? "" : ", ").append(shape.id);
    if (shape.id != id) continue;
    const TypeTraits traits = type_traits(type);
    if (shape.embedding % traits.block_size != 0 || shape.feed_forward % traits.block_size != 0) {
      return Error{ErrorCode::kInvalidArgument,
                   std::string(shape.name) + " has rows that blocks of " + std::string(traits.name) +
                       " do not divide: choose a type with blocks of 32.",
                   {{"shape", std::string(id)}, {"type", std::string(traits.name)}}};
    }
    return Maker(shape, type).make();
  }
  return Error{ErrorCode::kNotFound,
               "There is no model shape \"" + std::string(id) + "\": choose one of " + known + ".",
               {{"shape", std::string(id)}}};
}

}  // namespace tandem
