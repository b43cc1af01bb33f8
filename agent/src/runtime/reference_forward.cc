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
  Reference(const GgufFile& file, const HyperParameters& shape) : file_(file), shape_(shape) {}

  std::vector<float> logits(std::span<const int32_t> tokens) {
    const Rows embeddings = matrix("token_embd.weight");
    Rows x;
    for (const int32_t token : tokens) x.push_back(embeddings[static_cast<size_t>(token)]);
    for (int64_t layer = 0; layer < shape_.layers; ++layer)
      run_layer("blk." + std::to_string(layer) + ".", x);
    const bool tied = file_.find_tensor("output.weight") == nullptr;
    const Rows logits = multiply(norm(x, "output_norm.weight"), tied ? "token_embd.weight" : "output.weight");
    std::vector<float> flat;
    for (const auto& row : logits) flat.insert(flat.end(), row.begin(), row.end());
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

  void rope(Rows& rows) const {
    const auto pairs = static_cast<size_t>(shape_.rope_dims / 2);
    const auto head_dim = static_cast<size_t>(shape_.head_dim);
    const std::vector<float> factors =
        has("rope_freqs.weight") ? vector("rope_freqs.weight") : std::vector<float>(pairs, 1.0F);
    const bool neighbours = shape_.family == Family::kLlama;
    for (size_t position = 0; position < rows.size(); ++position) {
      for (size_t head = 0; head < rows[position].size(); head += head_dim) {
        for (size_t i = 0; i < pairs; ++i) {
          const double exponent = -static_cast<double>(i) / static_cast<double>(pairs);
          const double angle = static_cast<double>(position) * shape_.rope_scale *
                               std::pow(static_cast<double>(shape_.rope_base), exponent) / factors[i];
          float& a = rows[position][head + (neighbours ? 2 * i : i)];
          float& b = rows[position][head + (neighbours ? 2 * i + 1 : i + pairs)];
          const double x = a;
          const double y = b;
          a = static_cast<float>(x * std::cos(angle) - y * std::sin(angle));
          b = static_cast<float>(x * std::sin(angle) + y * std::cos(angle));
        }
      }
    }
  }

  Rows attend(const Rows& q, const Rows& k, const Rows& v) const {
    const auto head_dim = static_cast<size_t>(shape_.head_dim);
    const auto group = static_cast<size_t>(shape_.heads / shape_.kv_heads);
    Rows out(q.size(), std::vector<float>(q[0].size()));
    for (size_t t = 0; t < q.size(); ++t) {
      for (size_t head = 0; head < static_cast<size_t>(shape_.heads); ++head) {
        const size_t from = head * head_dim;
        const size_t kv = head / group * head_dim;
        std::vector<double> weights(t + 1);
        for (size_t s = 0; s <= t; ++s) {
          for (size_t i = 0; i < head_dim; ++i)
            weights[s] += static_cast<double>(q[t][from + i]) * k[s][kv + i];
          weights[s] /= std::sqrt(static_cast<double>(head_dim));
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

  void run_layer(const std::string& prefix, Rows& x) const {
    const Rows normed = norm(x, prefix + "attn_norm.weight");
    Rows q = multiply(normed, prefix + "attn_q.weight");
    Rows k = multiply(normed, prefix + "attn_k.weight");
    Rows v = multiply(normed, prefix + "attn_v.weight");
    add_bias(q, prefix + "attn_q.bias");
    add_bias(k, prefix + "attn_k.bias");
    add_bias(v, prefix + "attn_v.bias");
    head_norm(q, prefix + "attn_q_norm.weight");
    head_norm(k, prefix + "attn_k_norm.weight");
    rope(q);
    rope(k);
    add(x, multiply(attend(q, k, v), prefix + "attn_output.weight"));
    const Rows ffn = norm(x, prefix + "ffn_norm.weight");
    Rows gate = multiply(ffn, prefix + "ffn_gate.weight");
    const Rows up = multiply(ffn, prefix + "ffn_up.weight");
    for (size_t t = 0; t < gate.size(); ++t) {
      for (size_t i = 0; i < gate[t].size(); ++i) {
        gate[t][i] =
            static_cast<float>(gate[t][i] / (1.0 + std::exp(-static_cast<double>(gate[t][i]))) * up[t][i]);
      }
    }
    add(x, multiply(gate, prefix + "ffn_down.weight"));
  }

  const GgufFile& file_;
  const HyperParameters& shape_;
};

}  // namespace

std::vector<float> reference_forward(const GgufFile& file, const HyperParameters& shape,
                                     std::span<const int32_t> tokens) {
  return Reference(file, shape).logits(tokens);
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
