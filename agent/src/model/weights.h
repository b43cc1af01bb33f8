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
  std::string name;  // Without ".weight": `blk.7.ffn_down`, `token_embd`, `blk.0.attn_q.bias`.
  TensorView view;
};

struct LayerWeights {
  WeightId attn_norm = kNoWeight;
  WeightId attn_q = kNoWeight, attn_k = kNoWeight, attn_v = kNoWeight, attn_output = kNoWeight;
  WeightId attn_q_bias = kNoWeight, attn_k_bias = kNoWeight, attn_v_bias = kNoWeight;  // qwen2
  WeightId attn_q_norm = kNoWeight, attn_k_norm = kNoWeight;                           // qwen3
  WeightId ffn_norm = kNoWeight;
  WeightId ffn_gate = kNoWeight, ffn_up = kNoWeight, ffn_down = kNoWeight;
};

struct Weights {
  std::vector<Weight> table;
  WeightId token_embd = kNoWeight;
  WeightId output_norm = kNoWeight;
  WeightId output = kNoWeight;      // The same id as token_embd where the file ties them.
  WeightId rope_freqs = kNoWeight;  // Llama 3: one divisor per rotated pair.
  std::vector<LayerWeights> layers;

  [[nodiscard]] const TensorView& view(WeightId id) const { return table[static_cast<size_t>(id)].view; }
  [[nodiscard]] const std::string& name(WeightId id) const { return table[static_cast<size_t>(id)].name; }
};

// Errors: model-incomplete (names the tensor, or its shape beside the shape that was expected).
[[nodiscard]] Result<Weights> find_weights(const GgufFile& file, const HyperParameters& shape);

}  // namespace tandem
