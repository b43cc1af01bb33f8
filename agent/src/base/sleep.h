// Short sleeps, as precise as the system has them.
#pragma once

#include <cstdint>

namespace tandem {

// What a sleep of some microseconds takes beyond what was asked for, on the calling thread: median, ns.
[[nodiscard]] int64_t measure_sleep_overrun();

// Lets the calling thread wake from sleeps as precisely as the system can, until the object ends.
class PreciseSleep {
 public:
  PreciseSleep();
  ~PreciseSleep();
  PreciseSleep(const PreciseSleep&) = delete;
  PreciseSleep& operator=(const PreciseSleep&) = delete;

 private:
  unsigned long slack_ns_;
};

void sleep_ns(int64_t ns);

}  // namespace tandem
