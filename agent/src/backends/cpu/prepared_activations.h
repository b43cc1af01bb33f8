// The input of matmuls, [M tokens, K] of fp32, in the forms that the kernels read. Prepared once, used by
// every weight that multiplies the same input (q, k and v; gate and up).
#pragma once

#include <cstdint>

#include "backends/cpu/activation_forms.h"
#include "backends/cpu/memory.h"
#include "backends/cpu/target.h"
#include "base/result.h"

namespace tandem::cpu {

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

 private:
  friend struct ActivationAccess;  // The matmul driver.
  Memory memory_;
  ActivationForms allowed_ = 0;
  ActivationForms forms_ = 0;
  int64_t max_tokens_ = 0;
  int64_t max_columns_ = 0;
  int64_t tokens_ = 0;
  int64_t columns_ = 0;
};

}  // namespace tandem::cpu
