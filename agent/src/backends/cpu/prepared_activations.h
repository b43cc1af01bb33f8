// The input of matmuls, [M tokens, K] of fp32, in the forms that the kernels read. Prepared once, used by
// every weight that multiplies the same input (q, k and v; gate and up).
#pragma once

#include <cstdint>

#include "backends/cpu/activation_forms.h"
#include "backends/cpu/memory.h"
#include "backends/cpu/target.h"
#include "base/result.h"

namespace tandem::cpu {

// Up to 16 tokens in every form that was prepared; the others are null. Layouts: packed_layout.h.
struct ActivationTile {
  int64_t first_token = 0;
  int tokens = 0;
  int width_index = 0;  // In kTileWidths.
  const uint8_t* int8 = nullptr;
  const int32_t* half_bias = nullptr;
  const float* sums = nullptr;
  const float* half_sums = nullptr;
  const float* floats = nullptr;
  const uint8_t* bf16 = nullptr;  // For kFormPairs; where it is null, floats.
};

class PreparedActivations {
 public:
  // Memory for inputs of up to max_tokens x max_columns in any of `forms` (the union over all weights).
  // Error: out-of-memory.
  [[nodiscard]] static Result<PreparedActivations> create(int64_t max_tokens, int64_t max_columns,
                                                          ActivationForms forms);

  PreparedActivations() = default;

  // input: [tokens, columns], `stride` floats apart; within the limits given to create. forms: what the
  // weights to come ask for (PackedMatrix::activation_forms, or-ed together).
  void prepare(const float* input, int64_t stride, int64_t tokens, int64_t columns, ActivationForms forms,
               const Target& target);

  [[nodiscard]] int64_t tokens() const { return tokens_; }
  [[nodiscard]] int64_t columns() const { return columns_; }
  [[nodiscard]] ActivationForms forms() const { return forms_; }
  [[nodiscard]] size_t bytes() const { return memory_.bytes(); }

  // For the kernels.
  [[nodiscard]] int64_t tiles() const { return (tokens_ + 15) / 16; }
  [[nodiscard]] ActivationTile tile(int64_t index) const;

 private:
  // Byte offsets of each form's memory.
  struct Offsets {
    size_t int8 = 0, half_bias = 0, sums = 0, half_sums = 0, floats = 0, bf16 = 0;
  };

  Memory memory_;
  Offsets offsets_;
  ActivationForms forms_ = 0;
  bool bf16_ = false;
  int64_t tokens_ = 0;
  int64_t columns_ = 0;
};

}  // namespace tandem::cpu
