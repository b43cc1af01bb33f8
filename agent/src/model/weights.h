// The weights of a model by their role, as views into the file. Shapes are checked against the
// hyper-parameters here, so that nothing after this point has to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "model/hyper_parameters.h"
#include "tensor/view.h"

namespace tandem {

using WeightId = int32_t;
inline constexpr WeightId kNoWeight = -1;

struct Weight {
  // Of the tensor, without ".weight": `blk.7.ffn_down`, `token_embd`, `blk.0.attn_q.bias`. Several weights
  // may be rows of one tensor (phi3).
  std::string name;
  TensorView view;
};

struct LayerWeights {
  WeightId attn_norm = kNoWeight;
  WeightId attn_q = kNoWeight, attn_k = kNoWeight, attn_v = kNoWeight, attn_output = kNoWeight;
  WeightId attn_q_bias = kNoWeight, attn_k_bias = kNoWeight, attn_v_bias = kNoWeight;  // qwen2
  WeightId attn_q_norm = kNoWeight, attn_k_norm = kNoWeight;                           // qwen3, gemma3
  WeightId attn_post_norm = kNoWeight, ffn_post_norm = kNoWeight;                      // gemma2, gemma3
  WeightId ffn_norm = kNoWeight;
  WeightId ffn_gate = kNoWeight, ffn_up = kNoWeight, ffn_down = kNoWeight;
};

struct Weights {
  std::vector<Weight> table;
  WeightId token_embd = kNoWeight;
  WeightId output_norm = kNoWeight;
  WeightId output = kNoWeight;             // The same id as token_embd where the file ties them.
  WeightId rope_freqs = kNoWeight;         // One divisor per rotated pair: Llama 3; phi3, in short contexts.
  WeightId rope_factors_long = kNoWeight;  // phi3: those of contexts beyond the shape's `short_context`.
  std::vector<LayerWeights> layers;

  [[nodiscard]] const TensorView& view(WeightId id) const { return table[static_cast<size_t>(id)].view; }
  [[nodiscard]] const std::string& name(WeightId id) const { return table[static_cast<size_t>(id)].name; }
};

// Errors: model-incomplete (names the tensor, or its shape beside the shape that was expected).
[[nodiscard]] Result<Weights> find_weights(const GgufFile& file, const HyperParameters& shape);

// Makes `rope_freqs` the factors for a context of this many tokens.
void choose_rope_factors(const HyperParameters& shape, int64_t context, Weights& weights);

}  // namespace tandem
