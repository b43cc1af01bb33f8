#include "backends/cpu/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace tandem::cpu {
namespace {

using Clock = std::chrono::steady_clock;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Polls `ready` for `us` microseconds. False where it never became true.
template <typename Ready>
bool spin(int us, Ready&& ready) {
  if (ready()) return true;
  const auto deadline = Clock::now() + std::chrono::microseconds(us);
  do {
    for (int i = 0; i < 64; ++i) {
      if (ready()) return true;
      relax();
    }
  } while (Clock::now() < deadline);
  return false;
}

// One word holds all that workers and caller agree on: who works (low 16 bits), whether the loop still takes
// workers, whether the caller sleeps until the last worker leaves, and the loop's number.
constexpr uint64_t kActive = 0xffff;
constexpr uint64_t kOpen = uint64_t{1} << 16;
constexpr uint64_t kCallerSleeps = uint64_t{1} << 17;
constexpr int kNumberShift = 18;
constexpr uint64_t number_of(uint64_t word) { return word >> kNumberShift; }

}  // namespace

struct ThreadPool::State {
  alignas(64) std::atomic<uint64_t> word{0};
  alignas(64) std::atomic<int64_t> next{0};  // First index that nobody has taken.
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<bool> stop{false};

  // The loop; written only while nobody is active and the word is closed.
  Body body = nullptr;
  void* context = nullptr;
  int64_t count = 0;
  int64_t grain = 1;

  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable work_done;
  std::vector<std::thread> workers;
  int spin_us = 0;

  void take_chunks(int thread) {
    for (;;) {
      const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return;
      body(context, begin, std::min(begin + grain, count), thread);
    }
  }

  // Joins the open loop unless it is the one that this worker already left.
  bool join(uint64_t last_number) {
    uint64_t seen = word.load(std::memory_order_acquire);
    while ((seen & kOpen) != 0 && number_of(seen) != last_number) {
      if (word.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) return true;
    }
    return false;
  }

  void leave() {
    const uint64_t before = word.fetch_sub(1, std::memory_order_acq_rel);
    if ((before & kActive) == 1 && (before & kCallerSleeps) != 0) {
      const std::lock_guard lock(mutex);
      work_done.notify_one();
    }
  }

  void worker(int thread, const std::vector<int>& cores) {
    if (!cores.empty()) keep_current_thread_on(cores);
    uint64_t last_number = 0;
    const auto wanted = [&] {
      const uint64_t seen = word.load(std::memory_order_seq_cst);
      return stop.load(std::memory_order_relaxed) || ((seen & kOpen) != 0 && number_of(seen) != last_number);
    };
    for (;;) {
      if (!spin(spin_us, wanted)) {
        std::unique_lock lock(mutex);
        sleepers.fetch_add(1, std::memory_order_seq_cst);
        work_came.wait(lock, wanted);
        sleepers.fetch_sub(1, std::memory_order_relaxed);
      }
      if (stop.load(std::memory_order_relaxed)) return;
      if (!join(last_number)) continue;
      last_number = number_of(word.load(std::memory_order_relaxed));
      take_chunks(thread);
      leave();
    }
  }
};

ThreadPool::ThreadPool(const Options& options) : state_(std::make_unique<State>()) {
  state_->spin_us = std::max(options.spin_us, 0);
  try {
    for (int thread = 1; thread < std::min(options.threads, 1024); ++thread) {
      state_->workers.emplace_back(
          [state = state_.get(), thread, cores = options.cores] { state->worker(thread, cores); });
    }
  } catch (const std::system_error&) {
    // The system gives no more threads; threads() tells.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop.store(true);
    state_->work_came.notify_all();
  }
  for (auto& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(int64_t count, int64_t grain, Body body, void* context) {
  State& state = *state_;
  grain = std::max<int64_t>(grain, 1);
  if (state.workers.empty() || count <= grain) {
    for (int64_t begin = 0; begin < count; begin += grain)
      body(context, begin, std::min(begin + grain, count), 0);
    return;
  }
  state.body = body;
  state.context = context;
  state.count = count;
  state.grain = grain;
  state.next.store(0, std::memory_order_relaxed);
  const uint64_t number = number_of(state.word.load(std::memory_order_relaxed)) + 1;
  state.word.store((number << kNumberShift) | kOpen, std::memory_order_seq_cst);
  // A worker counts itself as sleeper before it looks at the word for the last time, so one of us sees the
  // other.
  if (state.sleepers.load(std::memory_order_seq_cst) > 0) {
    const std::lock_guard lock(state.mutex);
    state.work_came.notify_all();
  }
  state.take_chunks(0);
  state.word.fetch_and(~kOpen, std::memory_order_acq_rel);
  const auto done = [&] { return (state.word.load(std::memory_order_acquire) & kActive) == 0; };
  if (spin(state.spin_us, done)) return;
  std::unique_lock lock(state.mutex);
  state.word.fetch_or(kCallerSleeps, std::memory_order_acq_rel);
  state.work_done.wait(lock, done);
  state.word.fetch_and(~kCallerSleeps, std::memory_order_relaxed);
}

bool keep_current_thread_on(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) {
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(core, &set);
  }
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace tandem::cpu
