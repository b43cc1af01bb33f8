#include "processor/poll.h"

#include <sched.h>

namespace tandem {
namespace {

constexpr int64_t kSpinNs = 20'000;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace

void Poll::pause() {
  if (polled_ns() > kSpinNs) {
    sched_yield();
  } else {
    for (int i = 0; i < 16; ++i) relax();
  }
  now_ = boottime_ns();
}

}  // namespace tandem
