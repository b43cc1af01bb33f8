// Forms and work-group sizes of kernels for this device: a few candidates measured once on a weight of
// ordinary size, then remembered, in the process and in the cache folder (keyed by device, driver and kernel
// source). A form whose results are not the plain one's is not taken, however fast it is.
#pragma once

#include <vector>

#include "backends/opencl/kernels.h"

namespace tandem::opencl {

// What is tried on this device; a GEMV's form and a GEMM's sizes are independent.
[[nodiscard]] std::vector<GemvForm> gemv_candidates(const Device& device);
[[nodiscard]] std::vector<MatmulSizes> gemm_candidates(const Device& device);

// Also tells the kernels. Error: processor-failed, out-of-memory.
[[nodiscard]] Result<MatmulSizes> tuned_sizes(const Device& device, Kernels& kernels);

// Of the tuned sizes, which are measured only where the device has sub-groups. Errors: as tuned_sizes().
[[nodiscard]] Result<bool> reduces_in_subgroups(const Device& device, Kernels& kernels);

// Where the cache folder keeps them, and how they are written there.
[[nodiscard]] std::string tuning_path(const Device& device, const Kernels& kernels);
[[nodiscard]] std::string tuning_text(const MatmulSizes& sizes);

}  // namespace tandem::opencl
