// What the user and the tests can choose about the GPU.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "backends/opencl/api.h"

namespace tandem::opencl {

struct OpenClOptions {
  std::string library;  // Path of libOpenCL; empty: see load_api().
  std::string device;   // Part of the platform's or device's name; empty: the environment's
                        // TANDEM_OPENCL_DEVICE, else the first GPU. A CPU device is used only when named.
  std::string cache_folder;  // For compiled kernels and tuned sizes; empty: nothing is kept.

  // For tests.
  std::function<void(Api&)> change_api;  // Replaces functions of the loaded library.
  std::string compiler_options;          // Appended to the compiler's.
  bool force_copies = false;             // As on a device whose memory is not the host's.
  int gemv_items = 0;                    // Work-group size of GEMV; 0: tuned.
  // Always chosen, with the device's own functions or with these written out.
  enum class Force : uint8_t { kNo, kOwn, kEmulated };
  Force subgroups = Force::kNo, integer_dot = Force::kNo;
  bool compilers_fp16 = false;  // Multiply in the CPU compiler's fp16, as GPUs do in theirs.
  int width = 0;                // Vector width V of the kernels; 0: the device's.
};

}  // namespace tandem::opencl
