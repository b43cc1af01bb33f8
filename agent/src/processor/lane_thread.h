// The thread that submits a co-processor's work. It is woken once for each step, spins briefly for the next
// one and then sleeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

namespace tandem {

class LaneThread {
 public:
  // `work` runs once for each start(). The thread is there from the first start() on.
  explicit LaneThread(std::function<void()> work) : work_(std::move(work)) {}
  ~LaneThread();
  LaneThread(const LaneThread&) = delete;
  LaneThread& operator=(const LaneThread&) = delete;

  // What the caller wrote before is visible to the work. False where the system gives no thread.
  [[nodiscard]] bool start();
  // Until the work that was started has returned; what it wrote is visible then.
  void wait();

 private:
  void loop();

  std::function<void()> work_;
  alignas(64) std::atomic<uint64_t> started_{0};
  alignas(64) std::atomic<uint64_t> ended_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tandem
