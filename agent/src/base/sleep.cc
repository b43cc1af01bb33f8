#include "base/sleep.h"

#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "base/clock.h"

namespace tandem {

int64_t measure_sleep_overrun() {
  constexpr int64_t kAsked = 40'000;
  std::array<int64_t, 7> overruns{};
  for (int64_t& overrun : overruns) {
    const int64_t began = boottime_ns();
    sleep_ns(kAsked);
    overrun = boottime_ns() - began - kAsked;
  }
  std::sort(overruns.begin(), overruns.end());
  return std::max<int64_t>(overruns[overruns.size() / 2], 0);
}

PreciseSleep::PreciseSleep()
    : slack_ns_(static_cast<unsigned long>(std::max(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 1))) {
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

PreciseSleep::~PreciseSleep() { prctl(PR_SET_TIMERSLACK, slack_ns_, 0, 0, 0); }

void sleep_ns(int64_t ns) {
  const timespec length{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
}

}  // namespace tandem
