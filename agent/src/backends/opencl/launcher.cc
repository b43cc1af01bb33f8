#include "backends/opencl/launcher.h"

namespace tandem::opencl {

Result<void> Launcher::enqueue(cl_kernel kernel, const Grid& grid) {
  std::array<size_t, 3> items{};
  for (size_t i = 0; i < items.size(); ++i)
    items[i] = (grid.items[i] + grid.group[i] - 1) / grid.group[i] * grid.group[i];
  cl_event event = nullptr;
  const cl_int code =
      device_.api().clEnqueueNDRangeKernel(device_.queue(), kernel, 3, nullptr, items.data(),
                                           grid.group.data(), 0, nullptr, keep_events_ ? &event : nullptr);
  if (code != CL_SUCCESS) return stopped("clEnqueueNDRangeKernel", code);
  if (event != nullptr) events_.emplace_back(device_.api(), event);
  return {};
}

Error Launcher::stopped(const char* call, cl_int code) const {
  const std::string where = name_ == nullptr ? "" : " in " + *name_;
  Error error = failed("The GPU " + device_.facts().name + " stopped" + where +
                           ": load the model again, or run it without the GPU.",
                       call, code);
  if (name_ != nullptr) error.context["op"] = *name_;
  return error;
}

}  // namespace tandem::opencl
