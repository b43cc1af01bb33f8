// The one clock of traces and statistics: it goes on while the device sleeps, and other Perfetto producers
// use it.
#pragma once

#include <cstdint>

namespace tandem {

// Nanoseconds since boot (CLOCK_BOOTTIME).
[[nodiscard]] int64_t boottime_ns();

[[nodiscard]] constexpr double ms_between(int64_t begin_ns, int64_t end_ns) {
  return static_cast<double>(end_ns - begin_ns) / 1e6;
}

}  // namespace tandem
