// The NPU's own thread: runs what is queued, one after another.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace tandem::npu {

class Worker {
 public:
  // Kept on this core where one is named.
  explicit Worker(std::optional<int> core);
  ~Worker();  // Runs what is queued, then ends.
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // False, and nothing queued, where kDepth pieces of work wait.
  [[nodiscard]] bool queue(std::function<void()> work);

  static constexpr size_t kDepth = 64;

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace tandem::npu
