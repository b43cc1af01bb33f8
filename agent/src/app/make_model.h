// Writes models of a given shape with random weights: benchmarks and tests need shapes and types, not sense.
// Activations keep their size through the layers, and the vocabulary is a working byte-level BPE. llama.cpp
// loads them too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/type.h"

namespace tandem::app {

struct ModelShape {
  uint32_t layers = 0;
  uint32_t embedding = 0;
  uint32_t feed_forward = 0;
  uint32_t heads = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;
  uint32_t vocabulary = 0;
  uint32_t context = 0;
  bool tied = true;  // The embedding is the output matrix too.
  float rope_base = 500000;
  uint32_t window = 0;  // Of local layers, in the families that have such; 0: the family's usual one.
};

// "1b" (Llama 3.2 1B), "tinyllama" (TinyLlama 1.1B) or "tiny" (for tests). Error: not-found, naming those
// there are.
[[nodiscard]] Result<ModelShape> model_preset(std::string_view name);

enum class TypeMix {
  kUniform,  // Every matrix has the type.
  kUsual,    // As llama.cpp's quantiser mixes them: Q6_K for the output, and for some layers' attn_v and
             // ffn_down with Q4_K (Q4_K_M) and Q5_K (Q5_K_M).
};

struct MakeModelOptions {
  std::string path;
  std::string family = "llama";  // model/family.h
  ModelShape shape;
  TensorType type = TensorType::kQ4_0;
  TypeMix mix = TypeMix::kUniform;
  uint64_t seed = 0;
};

// Errors: invalid-argument (names what does not fit), disk-full, file-unwritable. The file appears only when
// complete.
[[nodiscard]] Result<void> make_model(const MakeModelOptions& options);

}  // namespace tandem::app
