#include "processor/lane_thread.h"

#include <sched.h>

#include <system_error>

#include "base/clock.h"
#include "base/sleep.h"

namespace tandem {
namespace {

constexpr int64_t kSpinNs = 50'000;

// Waits until `value` is no longer `old`.
void wait_for_change(const std::atomic<uint64_t>& value, uint64_t old) {
  const int64_t deadline = boottime_ns() + kSpinNs;
  while (boottime_ns() < deadline) {
    if (value.load(std::memory_order_acquire) != old) return;
    sched_yield();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

LaneThread::~LaneThread() {
  stopping_.store(true, std::memory_order_relaxed);
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool LaneThread::start() {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { loop(); });
    } catch (const std::system_error&) {
      return false;
    }
  }
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_one();
  return true;
}

void LaneThread::wait() {
  const uint64_t started = started_.load(std::memory_order_relaxed);
  for (uint64_t ended = ended_.load(std::memory_order_acquire); ended != started;
       ended = ended_.load(std::memory_order_acquire)) {
    wait_for_change(ended_, ended);
  }
}

void LaneThread::loop() {
  const PreciseSleep precise;
  for (uint64_t done = 0;;) {
    wait_for_change(started_, done);
    if (stopping_.load(std::memory_order_relaxed)) return;
    work_();
    ended_.store(++done, std::memory_order_release);
    ended_.notify_one();
  }
}

}  // namespace tandem
