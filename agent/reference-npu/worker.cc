#include "worker.h"

#include <sched.h>

#include <utility>

namespace tandem::npu {

Worker::Worker(std::optional<int> core)
    : thread_([this, core] {
        if (core) {
          cpu_set_t set;
          CPU_ZERO(&set);
          CPU_SET(*core, &set);
          ::sched_setaffinity(0, sizeof(set), &set);
        }
        loop();
      }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Worker::queue(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kDepth) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
  return true;
}

void Worker::loop() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace tandem::npu
