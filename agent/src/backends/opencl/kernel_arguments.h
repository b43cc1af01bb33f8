// Sizes in the types that OpenCL takes: kernel arguments are 32 bits wide, work sizes are size_t.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::opencl {

[[nodiscard]] inline int32_t i32(int64_t value) { return static_cast<int32_t>(value); }
[[nodiscard]] inline size_t count(int64_t value) { return static_cast<size_t>(value); }

}  // namespace tandem::opencl
