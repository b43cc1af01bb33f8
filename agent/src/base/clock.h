// The one clock of traces and statistics: it goes on while the device sleeps, and other Perfetto producers
// use it.
#pragma once

#include <cstdint>

namespace tandem {

// Nanoseconds since boot (CLOCK_BOOTTIME).
[[nodiscard]] int64_t boottime_ns();

}  // namespace tandem
