#include "backends/opencl/device_clock.h"

#include <algorithm>
#include <array>

#include "base/clock.h"

namespace tandem::opencl {

Result<void> DeviceClock::calibrate(const Device& device, cl_kernel kernel) {
  constexpr size_t kSamples = 4;
  const Api& api = device.api();
  std::array<Event, kSamples> events;
  std::array<Pair, kSamples> samples;
  for (size_t i = 0; i < kSamples; ++i) {
    const size_t one = 1;
    cl_event event = nullptr;
    const int64_t before = boottime_ns();
    const cl_int code =
        api.clEnqueueNDRangeKernel(device.queue(), kernel, 1, nullptr, &one, &one, 0, nullptr, &event);
    const int64_t after = boottime_ns();
    if (code != CL_SUCCESS)
      return failed("The GPU's clock cannot be read: restart the device.", "clEnqueueNDRangeKernel", code);
    events[i] = Event(api, event);
    samples[i] = {before + (after - before) / 2, 0, (after - before + 1) / 2};
  }
  if (const cl_int code = api.clFinish(device.queue()); code != CL_SUCCESS)
    return failed("The GPU's clock cannot be read: restart the device.", "clFinish", code);
  for (size_t i = 0; i < kSamples; ++i) {
    cl_ulong queued = 0;
    const cl_int code = api.clGetEventProfilingInfo(events[i].get(), CL_PROFILING_COMMAND_QUEUED,
                                                    sizeof(queued), &queued, nullptr);
    if (code != CL_SUCCESS)
      return failed("The GPU's clock cannot be read: update its driver.", "clGetEventProfilingInfo", code);
    samples[i].device_ns = static_cast<int64_t>(queued);
  }
  const Pair best = *std::min_element(samples.begin(), samples.end(),
                                      [](const Pair& a, const Pair& b) { return a.error_ns < b.error_ns; });
  first_ = last_.host_ns == 0 ? best : last_;
  last_ = best;
  return {};
}

int64_t DeviceClock::to_boottime(uint64_t device_ns) const {
  const int64_t since = static_cast<int64_t>(device_ns) - first_.device_ns;
  const int64_t device_span = last_.device_ns - first_.device_ns;
  // Clocks run at the same speed to some parts in a million: before there are two points far apart, exactly.
  if (device_span < 1'000'000) return last_.host_ns + static_cast<int64_t>(device_ns) - last_.device_ns;
  const double speed = static_cast<double>(last_.host_ns - first_.host_ns) / static_cast<double>(device_span);
  return first_.host_ns + static_cast<int64_t>(static_cast<double>(since) * speed);
}

int64_t DeviceClock::error_ns() const { return std::max(first_.error_ns, last_.error_ns); }

}  // namespace tandem::opencl
