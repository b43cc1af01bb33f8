// Tiny random models for tests: every family, weight type and option, with a byte tokenizer.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gguf/writer.h"
#include "model/hyper_parameters.h"
#include "tensor/convert.h"

namespace tandem::testing_model {

struct TinyModel {
  Family family = Family::kLlama;
  TensorType type = TensorType::kF32;  // Of the matrices.
  int64_t layers = 2;
  int64_t embedding = 256;
  int64_t feed_forward = 512;
  int64_t heads = 4;
  int64_t kv_heads = 2;
  int64_t head_dim = 64;
  int64_t context = 512;
  bool tied = false;
  bool rope_freqs = false;
  float linear_scaling = 0;    // 0: none.
  int64_t window = 11;         // Of the families whose layers have one.
  int64_t short_context = 0;   // phi3: with rope factors for contexts up to this, and beyond; 0: without.
  std::string leave_out = {};  // Name of a tensor that the file then lacks.
  std::string spoil = {};      // Name of a tensor whose first value or scale becomes NaN.
  uint32_t seed = 1;
};

inline constexpr int64_t kVocabulary = 3 + 256;  // <unk>, <s>, </s> and the bytes.

class TinyWriter {
 public:
  explicit TinyWriter(const TinyModel& model) : model_(model), random_(model.seed) { describe(); }

  std::string file() {
    // Of values about 1 behind the scale that gemma has.
    const float reach =
        is_gemma(model_.family) ? 1.0F / std::sqrt(static_cast<float>(model_.embedding)) : 1.0F;
    add("token_embd.weight", model_.type, kVocabulary, model_.embedding, reach);
    if (!model_.tied) add("output.weight", model_.type, kVocabulary, model_.embedding);
    add_vector("output_norm.weight", model_.embedding, 1.0F, 0.2F);
    if (model_.rope_freqs) add_vector("rope_freqs.weight", model_.head_dim / 2, 2.0F, 1.0F);
    if (model_.short_context > 0) {
      add_vector("rope_factors_short.weight", model_.head_dim / 2, 1.5F, 0.5F);
      add_vector("rope_factors_long.weight", model_.head_dim / 2, 8.0F, 4.0F);
    }
    for (int64_t layer = 0; layer < model_.layers; ++layer) add_layer("blk." + std::to_string(layer) + ".");
    return writer_.header() + data_;
  }

 private:
  void describe() {
    const std::string family(family_name(model_.family));
    const auto u32 = [&](const std::string& key, int64_t value) {
      writer_.add_u32(family + "." + key, static_cast<uint32_t>(value));
    };
    writer_.add_string("general.architecture", family);
    writer_.add_string("general.name", "tiny " + family);
    u32("block_count", model_.layers);
    u32("embedding_length", model_.embedding);
    u32("feed_forward_length", model_.feed_forward);
    u32("attention.head_count", model_.heads);
    u32("attention.head_count_kv", model_.kv_heads);
    u32("attention.key_length", model_.head_dim);
    u32("attention.value_length", model_.head_dim);
    u32("context_length", model_.context);
    writer_.add_f32(family + ".attention.layer_norm_rms_epsilon", 1e-5F);
    writer_.add_f32(family + ".rope.freq_base", 10000.0F);
    if (model_.linear_scaling != 0) {
      writer_.add_string(family + ".rope.scaling.type", "linear");
      writer_.add_f32(family + ".rope.scaling.factor", model_.linear_scaling);
    }
    if (model_.short_context > 0) {
      u32("rope.scaling.original_context_length", model_.short_context);
      writer_.add_f32(family + ".rope.scaling.attn_factor", 1.19F);
    }
    const bool slides = model_.family == Family::kPhi3 || is_gemma(model_.family);
    if (slides) u32("attention.sliding_window", model_.window);
    if (model_.family == Family::kGemma2) {
      // Low enough to bend: scores and logits of random weights are about 1.
      writer_.add_f32(family + ".attn_logit_softcapping", 2.0F);
      writer_.add_f32(family + ".final_logit_softcapping", 1.5F);
    }
    std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
    std::vector<int32_t> types = {2, 3, 3};
    for (int byte = 0; byte < 256; ++byte) {
      std::array<char, 8> text{};
      std::snprintf(text.data(), text.size(), "<0x%02X>", byte);
      tokens.emplace_back(text.data());
      types.push_back(6);
    }
    writer_.add_string("tokenizer.ggml.model", "llama");
    writer_.add_strings("tokenizer.ggml.tokens", tokens);
    writer_.add_f32s("tokenizer.ggml.scores", std::vector<float>(tokens.size(), 0.0F));
    writer_.add_i32s("tokenizer.ggml.token_type", types);
    writer_.add_u32("tokenizer.ggml.unknown_token_id", 0);
    writer_.add_u32("tokenizer.ggml.bos_token_id", 1);
    writer_.add_u32("tokenizer.ggml.eos_token_id", 2);
    writer_.add_bool("tokenizer.ggml.add_space_prefix", false);
  }

  void add_layer(const std::string& prefix) {
    const int64_t q = model_.heads * model_.head_dim;
    const int64_t kv = model_.kv_heads * model_.head_dim;
    const bool fused = model_.family == Family::kPhi3;
    add_vector(prefix + "attn_norm.weight", model_.embedding, 1.0F, 0.2F);
    if (fused) {
      add(prefix + "attn_qkv.weight", model_.type, q + 2 * kv, model_.embedding);
    } else {
      add(prefix + "attn_q.weight", model_.type, q, model_.embedding);
      add(prefix + "attn_k.weight", model_.type, kv, model_.embedding);
      add(prefix + "attn_v.weight", model_.type, kv, model_.embedding);
    }
    add(prefix + "attn_output.weight", model_.type, model_.embedding, q);
    if (model_.family == Family::kQwen2) {
      add_vector(prefix + "attn_q.bias", q, 0.0F, 0.5F);
      add_vector(prefix + "attn_k.bias", kv, 0.0F, 0.5F);
      add_vector(prefix + "attn_v.bias", kv, 0.0F, 0.5F);
    }
    if (model_.family == Family::kQwen3 || model_.family == Family::kGemma3) {
      add_vector(prefix + "attn_q_norm.weight", model_.head_dim, 1.0F, 0.3F);
      add_vector(prefix + "attn_k_norm.weight", model_.head_dim, 1.0F, 0.3F);
    }
    add_vector(prefix + "ffn_norm.weight", model_.embedding, 1.0F, 0.2F);
    if (!fused) add(prefix + "ffn_gate.weight", model_.type, model_.feed_forward, model_.embedding);
    add(prefix + "ffn_up.weight", model_.type, (fused ? 2 : 1) * model_.feed_forward, model_.embedding);
    add(prefix + "ffn_down.weight", model_.type, model_.embedding, model_.feed_forward);
    if (is_gemma(model_.family)) {
      add_vector(prefix + "post_attention_norm.weight", model_.embedding, 0.7F, 0.2F);
      add_vector(prefix + "post_ffw_norm.weight", model_.embedding, 0.7F, 0.2F);
    }
  }

  void add_vector(const std::string& name, int64_t length, float middle, float spread) {
    add(name, TensorType::kF32, 0, length, spread, middle);
  }

  // rows 0: a vector. Values are uniform around `middle`; spread 0 gives a matrix's output the variance of
  // its input.
  void add(const std::string& name, TensorType type, int64_t rows, int64_t columns, float spread = 0,
           float middle = 0) {
    if (name == model_.leave_out) return;
    std::vector<uint64_t> dims = {static_cast<uint64_t>(columns)};
    if (rows > 0) dims.push_back(static_cast<uint64_t>(rows));
    const uint64_t bytes = writer_.add_tensor(name, type, dims);
    const size_t at = data_.size();
    data_.resize(at + writer_.padded(bytes), '\0');
    const float reach = spread != 0 ? spread : std::sqrt(3.0F / static_cast<float>(columns));
    std::uniform_real_distribution<float> uniform(middle - reach, middle + reach);
    std::vector<float> row(static_cast<size_t>(columns));
    auto* out = reinterpret_cast<std::byte*>(data_.data() + at);
    for (int64_t r = 0; r < std::max<int64_t>(rows, 1); ++r) {
      for (float& value : row) value = uniform(random_);
      quantize_row(type, row.data(), columns, out);
      out += row_bytes(type, static_cast<uint64_t>(columns));
    }
    if (name == model_.spoil) std::memset(data_.data() + at, 0xff, 4);
  }

  const TinyModel& model_;
  std::mt19937 random_;
  GgufWriter writer_;
  std::string data_;
};

// A file that is gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes) {
    const char* folder = getenv("TMPDIR");
    path_ = std::string(folder == nullptr ? "/tmp" : folder) + "/tandem-test-XXXXXX";
    close(mkstemp(path_.data()));
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string tiny_model_bytes(const TinyModel& model) { return TinyWriter(model).file(); }

}  // namespace tandem::testing_model
