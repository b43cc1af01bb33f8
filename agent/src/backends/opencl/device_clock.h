// Puts the device's event times on the clock of traces. OpenCL 1.2 has no call that reads both clocks, but an
// event tells the device's time at which it was queued, and the host knows between which two of its own
// readings that was.
#pragma once

#include <cstdint>

#include "backends/opencl/device.h"

namespace tandem::opencl {

class DeviceClock {
 public:
  // Takes some bracketed samples and keeps the narrowest. `kernel` is one without effect, ready to be
  // enqueued; waits for the queue. Error: processor-failed.
  [[nodiscard]] Result<void> calibrate(const Device& device, cl_kernel kernel);

  // CLOCK_BOOTTIME of a device time, by the straight line through the last two calibrations.
  [[nodiscard]] int64_t to_boottime(uint64_t device_ns) const;
  // Half the width of the wider bracket of the two.
  [[nodiscard]] int64_t error_ns() const;
  // CLOCK_BOOTTIME of the last calibration; 0: none yet.
  [[nodiscard]] int64_t calibrated_at() const { return last_.host_ns; }

 private:
  struct Pair {
    int64_t host_ns = 0;
    int64_t device_ns = 0;
    int64_t error_ns = 0;
  };
  Pair first_, last_;
};

}  // namespace tandem::opencl
