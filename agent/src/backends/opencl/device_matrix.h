// A weight in the device's layout: runs of panels of 16 rows, packed when rows of them are first needed.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "backends/opencl/device.h"
#include "backends/opencl/format.h"
#include "base/cancel.h"
#include "tensor/view.h"

namespace tandem::opencl {

class DeviceMatrix {
 public:
  struct Segment {
    int64_t first_panel = 0;
    int64_t panels = 0;
    Buffer buffer;
    [[nodiscard]] int64_t end_panel() const { return first_panel + panels; }
  };
  // Called for rows that were copied.
  using Copied = std::function<Result<void>(int64_t first_row, int64_t rows)>;

  DeviceMatrix(TensorType type, int64_t rows, int64_t columns)
      : type_(type), format_(format_of(type)), rows_(rows), columns_(columns) {}

  // Packs the panels of rows [first_row, first_row + rows) that are not there yet. Errors: out-of-memory,
  // cancelled, processor-failed, those of `copied`.
  [[nodiscard]] Result<void> cover(const Device& device, const TensorView& view, int64_t first_row,
                                   int64_t rows, const CancelToken& cancel, const Copied& copied);

  [[nodiscard]] const Format& format() const { return format_; }
  [[nodiscard]] TensorType type() const { return type_; }
  [[nodiscard]] int64_t columns() const { return columns_; }
  // In order of their panels.
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  [[nodiscard]] int64_t bytes() const;

 private:
  [[nodiscard]] Result<void> add_segment(const Device& device, const TensorView& view, int64_t first_panel,
                                         int64_t end_panel, const CancelToken& cancel, const Copied& copied);

  TensorType type_;
  Format format_;
  int64_t rows_;
  int64_t columns_;
  std::vector<Segment> segments_;
};

}  // namespace tandem::opencl
