#include "runtime/reference_forward.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "tensor/convert.h"

namespace tandem {
namespace {

using Rows = std::vector<std::vector<float>>;  // [tokens][width]

class Reference {
 public:
  Reference(const GgufFile& file, const HyperParameters& shape, size_t context)
      : file_(file), shape_(shape), family_(*file.get_string("general.architecture")), context_(context) {}

  std::vector<float> logits(std::span<const int32_t> tokens) {
    const Rows embeddings = matrix("token_embd.weight");
    Rows x;
    for (const int32_t token : tokens) x.push_back(embeddings[static_cast<size_t>(token)]);
    if (gemma2_ || gemma3_) {
      for (auto& row : x) {
        for (float& value : row) value *= std::sqrt(static_cast<float>(row.size()));
      }
    }
    for (int64_t layer = 0; layer < shape_.layers; ++layer) run_layer(layer, x);
    const bool tied = file_.find_tensor("output.weight") == nullptr;
    const Rows logits = multiply(norm(x, "output_norm.weight"), tied ? "token_embd.weight" : "output.weight");
    std::vector<float> flat;
    for (const auto& row : logits) flat.insert(flat.end(), row.begin(), row.end());
    const double cap = number("final_logit_softcapping");
    if (cap > 0) {
      for (float& logit : flat) logit = static_cast<float>(cap * std::tanh(static_cast<double>(logit) / cap));
    }
    return flat;
  }

 private:
  Rows matrix(const std::string& name) const {
    const TensorView view = file_.find_tensor(name)->view;
    Rows rows(static_cast<size_t>(view.rows), std::vector<float>(static_cast<size_t>(view.columns)));
    const size_t stride = row_bytes(view.type, static_cast<uint64_t>(view.columns));
    for (size_t r = 0; r < rows.size(); ++r) {
      dequantize_row(view.type, view.bytes.data() + r * stride, view.columns, rows[r].data());
    }
    return rows;
  }

  std::vector<float> vector(const std::string& name) const { return matrix(name)[0]; }

  // 0 where the file does not say.
  double number(const std::string& name) const {
    return static_cast<double>(*file_.get_f32_or(family_ + "." + name, 0));
  }
  size_t count(const std::string& name) const {
    const std::string key = family_ + "." + name;
    return file_.has(key) ? *file_.get_u32(key) : 0;
  }

  // Of a layer, 0: everything. Gemma 2: every second layer sees everything; Gemma 3: every sixth.
  size_t window(int64_t layer) const {
    if ((gemma2_ && layer % 2 == 1) || (gemma3_ && layer % 6 == 5)) return 0;
    return count("attention.sliding_window");
  }
  bool has(const std::string& name) const { return file_.find_tensor(name) != nullptr; }

  Rows multiply(const Rows& input, const std::string& name) const {
    const Rows weight = matrix(name);
    Rows out;
    for (const auto& row : input) {
      std::vector<float> result;
      for (const auto& w : weight) {
        double sum = 0;
        for (size_t k = 0; k < w.size(); ++k) sum += static_cast<double>(row[k]) * w[k];
        result.push_back(static_cast<float>(sum));
      }
      out.push_back(std::move(result));
    }
    return out;
  }

  void add_bias(Rows& rows, const std::string& name) const {
    if (!has(name)) return;
    const std::vector<float> bias = vector(name);
    for (auto& row : rows) {
      for (size_t i = 0; i < bias.size(); ++i) row[i] += bias[i];
    }
  }

  void norm_in_place(float* values, const std::vector<float>& weight) const {
    double squares = 0;
    for (size_t i = 0; i < weight.size(); ++i) squares += static_cast<double>(values[i]) * values[i];
    const double factor = 1.0 / std::sqrt(squares / static_cast<double>(weight.size()) + shape_.norm_epsilon);
    for (size_t i = 0; i < weight.size(); ++i) values[i] = static_cast<float>(values[i] * factor * weight[i]);
  }

  Rows norm(Rows rows, const std::string& name) const {
    const std::vector<float> weight = vector(name);
    for (auto& row : rows) norm_in_place(row.data(), weight);
    return rows;
  }

  void head_norm(Rows& rows, const std::string& name) const {
    if (!has(name)) return;
    const std::vector<float> weight = vector(name);
    for (auto& row : rows) {
      for (size_t at = 0; at < row.size(); at += weight.size()) norm_in_place(row.data() + at, weight);
    }
  }

  std::vector<float> rope_factors(size_t pairs) const {
    const char* phi3 = context_ > count("rope.scaling.original_context_length") ? "rope_factors_long.weight"
                                                                                : "rope_factors_short.weight";
    for (const char* name : {"rope_freqs.weight", phi3}) {
      if (has(name)) return vector(name);
    }
    return std::vector<float>(pairs, 1.0F);
  }

  void rope(Rows& rows, bool windowed) const {
    const auto pairs = static_cast<size_t>(shape_.rope_dims / 2);
    const auto head_dim = static_cast<size_t>(shape_.head_dim);
    const std::vector<float> factors = rope_factors(pairs);
    const bool neighbours = family_ == "llama" || family_ == "internlm2";
    const bool own =
        gemma3_ && windowed;  // Gemma 3 turns these layers with another base, and never scales it.
    const double base = own ? 10000.0 : static_cast<double>(shape_.rope_base);
    const double scale = own ? 1.0 : static_cast<double>(shape_.rope_scale);
    const double given = number("rope.scaling.attn_factor");
    const double magnitude = given > 0 ? given : 1;
    for (size_t position = 0; position < rows.size(); ++position) {
      for (size_t head = 0; head < rows[position].size(); head += head_dim) {
        for (size_t i = 0; i < pairs; ++i) {
          const double exponent = -static_cast<double>(i) / static_cast<double>(pairs);
          const double angle = static_cast<double>(position) * scale * std::pow(base, exponent) / factors[i];
          float& a = rows[position][head + (neighbours ? 2 * i : i)];
          float& b = rows[position][head + (neighbours ? 2 * i + 1 : i + pairs)];
          const double x = a;
          const double y = b;
          a = static_cast<float>(magnitude * (x * std::cos(angle) - y * std::sin(angle)));
          b = static_cast<float>(magnitude * (x * std::sin(angle) + y * std::cos(angle)));
        }
      }
    }
  }

  Rows attend(const Rows& q, const Rows& k, const Rows& v, size_t window) const {
    const double cap = number("attn_logit_softcapping");
    const auto head_dim = static_cast<size_t>(shape_.head_dim);
    const auto group = static_cast<size_t>(shape_.heads / shape_.kv_heads);
    Rows out(q.size(), std::vector<float>(q[0].size()));
    for (size_t t = 0; t < q.size(); ++t) {
      for (size_t head = 0; head < static_cast<size_t>(shape_.heads); ++head) {
        const size_t from = head * head_dim;
        const size_t kv = head / group * head_dim;
        std::vector<double> weights(t + 1);
        const size_t first = window > 0 && t >= window ? t - window + 1 : 0;
        for (size_t s = 0; s <= t; ++s) {
          for (size_t i = 0; i < head_dim; ++i)
            weights[s] += static_cast<double>(q[t][from + i]) * k[s][kv + i];
          weights[s] /= std::sqrt(static_cast<double>(head_dim));
          if (cap > 0) weights[s] = cap * std::tanh(weights[s] / cap);
          if (s < first) weights[s] = -INFINITY;
        }
        const double most = *std::max_element(weights.begin(), weights.end());
        double sum = 0;
        for (double& weight : weights) sum += weight = std::exp(weight - most);
        for (size_t i = 0; i < head_dim; ++i) {
          double value = 0;
          for (size_t s = 0; s <= t; ++s) value += weights[s] / sum * v[s][kv + i];
          out[t][from + i] = static_cast<float>(value);
        }
      }
    }
    return out;
  }

  static void add(Rows& to, const Rows& from) {
    for (size_t t = 0; t < to.size(); ++t) {
      for (size_t i = 0; i < to[t].size(); ++i) to[t][i] += from[t][i];
    }
  }

  // The columns of `rows` in parts of these widths.
  static std::vector<Rows> cut(const Rows& rows, const std::vector<int64_t>& widths) {
    std::vector<Rows> parts;
    int64_t from = 0;
    for (const int64_t width : widths) {
      Rows part;
      for (const auto& row : rows) part.emplace_back(row.begin() + from, row.begin() + from + width);
      parts.push_back(std::move(part));
      from += width;
    }
    return parts;
  }

  std::vector<Rows> query_key_value(const Rows& x, const std::string& prefix) const {
    if (has(prefix + "attn_qkv.weight")) {
      const int64_t kv = shape_.kv_heads * shape_.head_dim;
      return cut(multiply(x, prefix + "attn_qkv.weight"), {shape_.heads * shape_.head_dim, kv, kv});
    }
    return {multiply(x, prefix + "attn_q.weight"), multiply(x, prefix + "attn_k.weight"),
            multiply(x, prefix + "attn_v.weight")};
  }

  std::vector<Rows> gate_up(const Rows& x, const std::string& prefix) const {
    const Rows up = multiply(x, prefix + "ffn_up.weight");
    if (!has(prefix + "ffn_gate.weight")) return cut(up, {shape_.feed_forward, shape_.feed_forward});
    return {multiply(x, prefix + "ffn_gate.weight"), up};
  }

  // Gemma's gate is GELU in its form by tanh, the others' SiLU.
  double activated(double x) const {
    if (!gemma2_ && !gemma3_) return x / (1.0 + std::exp(-x));
    const double root = 0.7978845608028654;  // sqrt(2 / pi)
    return 0.5 * x * (1.0 + std::tanh(root * (x + 0.044715 * x * x * x)));
  }

  // Adds a half of a layer to the residual, normed before where the family does that.
  void add_half(Rows& x, Rows half, const std::string& post_norm) const {
    add(x, has(post_norm) ? norm(std::move(half), post_norm) : half);
  }

  void run_layer(int64_t layer, Rows& x) const {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    const bool windowed = window(layer) > 0;
    const Rows normed = norm(x, prefix + "attn_norm.weight");
    std::vector<Rows> qkv = query_key_value(normed, prefix);
    Rows& q = qkv[0];
    Rows& k = qkv[1];
    Rows& v = qkv[2];
    add_bias(q, prefix + "attn_q.bias");
    add_bias(k, prefix + "attn_k.bias");
    add_bias(v, prefix + "attn_v.bias");
    head_norm(q, prefix + "attn_q_norm.weight");
    head_norm(k, prefix + "attn_k_norm.weight");
    rope(q, windowed);
    rope(k, windowed);
    add_half(x, multiply(attend(q, k, v, window(layer)), prefix + "attn_output.weight"),
             prefix + "post_attention_norm.weight");
    std::vector<Rows> parts = gate_up(norm(x, prefix + "ffn_norm.weight"), prefix);
    Rows& gate = parts[0];
    const Rows& up = parts[1];
    for (size_t t = 0; t < gate.size(); ++t) {
      for (size_t i = 0; i < gate[t].size(); ++i) {
        gate[t][i] = static_cast<float>(activated(static_cast<double>(gate[t][i])) * up[t][i]);
      }
    }
    add_half(x, multiply(gate, prefix + "ffn_down.weight"), prefix + "post_ffw_norm.weight");
  }

  const GgufFile& file_;
  const HyperParameters& shape_;
  const std::string family_;
  const bool gemma2_ = family_ == "gemma2", gemma3_ = family_ == "gemma3";
  const size_t context_;
};

}  // namespace

std::vector<float> reference_forward(const GgufFile& file, const HyperParameters& shape,
                                     std::span<const int32_t> tokens, int64_t context) {
  return Reference(file, shape, static_cast<size_t>(context)).logits(tokens);
}

double nmse(std::span<const float> values, std::span<const float> truth) {
  double error = 0;
  double energy = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double difference = static_cast<double>(values[i]) - truth[i];
    error += difference * difference;
    energy += static_cast<double>(truth[i]) * truth[i];
  }
  return error / energy;
}

}  // namespace tandem
