// Runs kernels of one form on a weight of ordinary size: how long they take, and what they find.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/opencl/kernels.h"
#include "backends/opencl/launcher.h"

namespace tandem::opencl {

// Nanoseconds of the fastest run, and the output.
struct Measured {
  uint64_t ns = 0;
  std::vector<float> output;
};

class TuningMeasurement {
 public:
  TuningMeasurement(const Device& device, Kernels& kernels)
      : device_(device), kernels_(kernels), launcher_(device) {}

  // Weights and inputs. Errors: out-of-memory, processor-failed.
  [[nodiscard]] Result<void> make_buffers();

  // Errors: processor-failed.
  [[nodiscard]] Result<Measured> gemv(const GemvForm& form);  // With the rounding of the token.
  [[nodiscard]] Result<Measured> gemm(const MatmulSizes& sizes);
  [[nodiscard]] Result<Measured> norm(bool subgroups);

  // Weights of this type stand for all.
  [[nodiscard]] static Format format();

 private:
  template <typename Run>
  [[nodiscard]] Result<uint64_t> fastest(const Run& run);
  [[nodiscard]] Result<std::vector<float>> output(size_t values);

  const Device& device_;
  Kernels& kernels_;
  Launcher launcher_;
  Buffer weights_, input_, quantised_, output_;
};

}  // namespace tandem::opencl
