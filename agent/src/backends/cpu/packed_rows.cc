#include "backends/cpu/packed_rows.h"

#include <algorithm>
#include <utility>

#include "backends/cpu/matmul.h"
#include "backends/cpu/packed_layout.h"

namespace tandem::cpu {

Result<void> PackedRows::need(const TensorView& source, RowRange range, const Target& target,
                              const PackedMatrix::SliceDone& done) {
  range.begin = range.begin / kPanelRows * kPanelRows;
  range.end = std::min((range.end + kPanelRows - 1) / kPanelRows * kPanelRows, source.rows);
  while (range.begin < range.end) {
    const auto next = std::find_if(slices_.begin(), slices_.end(),
                                   [&](const Slice& slice) { return slice.rows.end > range.begin; });
    if (next != slices_.end() && next->rows.begin <= range.begin) {
      range.begin = next->rows.end;
      continue;
    }
    const RowRange missing{range.begin,
                           next == slices_.end() ? range.end : std::min(range.end, next->rows.begin)};
    const auto slice_done = [&](int64_t first, int64_t count) {
      if (done) done(missing.begin + first, count);
    };
    TANDEM_ASSIGN(
        PackedMatrix matrix,
        PackedMatrix::pack(rows_of(source, missing.begin, missing.end - missing.begin), target, slice_done));
    slices_.insert(next, Slice{missing, std::move(matrix)});
    range.begin = missing.end;
  }
  return {};
}

void PackedRows::dequantize_row(int64_t row, float* out) const {
  for (const Slice& slice : slices_) {
    if (row < slice.rows.end) return slice.matrix.dequantize_row(row - slice.rows.begin, out);
  }
}

void PackedRows::multiply(int64_t first_row, int64_t rows, const PreparedActivations& input, float* out,
                          int64_t out_stride, const Target& target) const {
  for (const Slice& slice : slices_) {
    const int64_t begin = std::max(first_row, slice.rows.begin);
    const int64_t end = std::min(first_row + rows, slice.rows.end);
    if (begin >= end) continue;
    matmul_rows(slice.matrix, begin - slice.rows.begin, end - begin, input, out + begin - first_row,
                out_stride, target);
  }
}

int64_t PackedRows::bytes() const {
  int64_t bytes = 0;
  for (const Slice& slice : slices_) bytes += static_cast<int64_t>(slice.matrix.bytes());
  return bytes;
}

}  // namespace tandem::cpu
