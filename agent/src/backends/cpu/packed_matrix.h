// A weight matrix in the layout that the kernels read: panels of 16 rows, see packed_layout.h. Packing loses
// nothing, so the packed copy is the only one; embeddings are looked up in it too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "backends/cpu/activation_forms.h"
#include "backends/cpu/memory.h"
#include "backends/cpu/target.h"
#include "base/result.h"
#include "tensor/view.h"

namespace tandem::cpu {

class PackedMatrix {
 public:
  // Called on the packing thread after each slice: rows [first, first + count) of the source are needed no
  // more.
  using SliceDone = std::function<void(int64_t first, int64_t count)>;

  // source: [N rows, K columns], any N >= 1, K a multiple of the type's block. Works through slices of some
  // MiB. Values are taken as they are: check them before or in `done`. Errors: out-of-memory,
  // invalid-argument.
  [[nodiscard]] static Result<PackedMatrix> pack(const TensorView& source, const Target& target,
                                                 const SliceDone& done = {});

  PackedMatrix() = default;

  [[nodiscard]] TensorType type() const { return type_; }
  [[nodiscard]] int64_t rows() const { return rows_; }        // N
  [[nodiscard]] int64_t columns() const { return columns_; }  // K
  // What the copy takes: the source's size, plus up to 15 rows of padding, plus 3 to 4 % for Q3_K, Q4_K and
  // Q5_K.
  [[nodiscard]] size_t bytes() const { return memory_.bytes(); }

  // row in [0, rows) -> out: [columns], exactly the values of the source.
  void dequantize_row(int64_t row, float* out) const;

  // What PreparedActivations must hold to be multiplied with this matrix.
  [[nodiscard]] ActivationForms activation_forms() const;

  // For the kernels: panel p holds rows [16p, 16p + 16).
  [[nodiscard]] const std::byte* panel(int64_t p) const { return memory_.data() + p * panel_bytes_; }
  [[nodiscard]] int64_t panels() const { return (rows_ + 15) / 16; }
  [[nodiscard]] size_t panel_bytes() const { return static_cast<size_t>(panel_bytes_); }

 private:
  TensorType type_ = TensorType::kF32;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  int64_t panel_bytes_ = 0;
  Memory memory_;
};

}  // namespace tandem::cpu
