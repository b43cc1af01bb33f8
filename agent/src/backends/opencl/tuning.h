// Work-group sizes of the matmuls for this device: a few candidates measured once on a weight of ordinary
// size, then remembered, in the process and in the cache folder (keyed by device, driver and kernel source).
#pragma once

#include <vector>

#include "backends/opencl/kernels.h"

namespace tandem::opencl {

struct MatmulSizes {
  int gemv_items = 1;       // Items of a work-group that share the columns of a panel.
  int panels_per_item = 1;  // Of a GEMM.
  int gemm_group = 1;       // Items of a GEMM's work-group.

  friend bool operator==(const MatmulSizes&, const MatmulSizes&) = default;
};

// What is tried on this device. Values of gemv_items and the others are independent.
[[nodiscard]] std::vector<MatmulSizes> gemv_candidates(const Device& device);
[[nodiscard]] std::vector<MatmulSizes> gemm_candidates(const Device& device);

// Error: processor-failed, out-of-memory.
[[nodiscard]] Result<MatmulSizes> tuned_sizes(const Device& device, Kernels& kernels);

// Where the cache folder keeps them.
[[nodiscard]] std::string tuning_path(const Device& device, const Kernels& kernels);

}  // namespace tandem::opencl
