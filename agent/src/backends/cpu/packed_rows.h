// Those rows of a weight that this processor's parts need, packed in slices. A slice is packed once; more
// rows can come later, when a plan changes.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/packed_matrix.h"
#include "backends/cpu/prepared_activations.h"

namespace tandem::cpu {

struct RowRange {
  int64_t begin = 0, end = 0;
};

class PackedRows {
 public:
  // Packs what is missing of `range`, whole panels of 16 rows. `source` is all of the weight; `done` counts
  // its rows. Errors: those of PackedMatrix::pack.
  [[nodiscard]] Result<void> need(const TensorView& source, RowRange range, const Target& target,
                                  const PackedMatrix::SliceDone& done);

  // Row of the weight, packed before -> out: [columns].
  void dequantize_row(int64_t row, float* out) const;

  // Prepared input times rows [first_row, first_row + rows), packed before -> out: [M, rows].
  void multiply(int64_t first_row, int64_t rows, const PreparedActivations& input, float* out,
                int64_t out_stride, const Target& target) const;

  [[nodiscard]] ActivationForms activation_forms() const { return slices_.front().matrix.activation_forms(); }
  [[nodiscard]] int64_t bytes() const;

 private:
  struct Slice {
    RowRange rows;
    PackedMatrix matrix;
  };
  std::vector<Slice> slices_;  // Ascending, apart from one another.
};

}  // namespace tandem::cpu
