// Enqueues kernels with their arguments, and keeps the events that tell when they ran.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "backends/opencl/device.h"

namespace tandem::opencl {

// Work-items and the size of their groups; items are rounded up to whole groups.
struct Grid {
  std::array<size_t, 3> items = {1, 1, 1};
  std::array<size_t, 3> group = {1, 1, 1};
};

class Launcher {
 public:
  explicit Launcher(const Device& device) : device_(device) {}

  // Whose failure it would be: the op's name. And whether to keep events from now on.
  void begin(const std::string& name, bool keep_events) {
    name_ = &name;
    keep_events_ = keep_events;
  }

  // Arguments: cl_mem, int32_t, float or uint64_t, as the kernel declares them. Error: processor-failed.
  template <typename... Arguments>
  [[nodiscard]] Result<void> run(const Kernel& kernel, const Grid& grid, Arguments... arguments) {
    cl_uint index = 0;
    cl_int code = CL_SUCCESS;
    ((code = code != CL_SUCCESS
                 ? code
                 : device_.api().clSetKernelArg(kernel.get(), index++, sizeof(arguments), &arguments)),
     ...);
    if (code != CL_SUCCESS) return stopped("clSetKernelArg", code);
    return enqueue(kernel.get(), grid);
  }

  // "The GPU ... stopped in <name>".
  [[nodiscard]] Error stopped(const char* call, cl_int code) const;

  [[nodiscard]] std::vector<Event>& events() { return events_; }

 private:
  [[nodiscard]] Result<void> enqueue(cl_kernel kernel, const Grid& grid);

  const Device& device_;
  const std::string* name_ = nullptr;
  bool keep_events_ = false;
  std::vector<Event> events_;
};

}  // namespace tandem::opencl
