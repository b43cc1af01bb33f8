// Logs, backends and devices, and what runs on the one NPU that stands behind them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "backends/qnn/abi/htp.h"
#include "backends/qnn/abi/status.h"
#include "kernels/matmul.h"
#include "registry.h"
#include "worker.h"

namespace tandem::npu {

struct Logger {
  qnn::abi::LogCallback callback = nullptr;
  qnn::abi::LogLevel most = qnn::abi::LogLevel::kWarning;

  void write(qnn::abi::LogLevel level, const char* format, ...) const __attribute__((format(printf, 3, 4)));
};

struct Backend {
  std::shared_ptr<Logger> log;  // May be null.
  int64_t failing_execute = 0;
  std::atomic<int64_t> executes{0};
  std::atomic<int64_t> contexts{0};

  // One execution at a time: on the NPU's own thread where it has one, else on this one.
  void run(const std::function<void(Scratch&)>& work);
  // Queues it on the NPU's own thread; false where the queue is full.
  [[nodiscard]] bool run_later(std::function<void(Scratch&)> work);

 private:
  Worker& worker();

  std::mutex running_;
  Scratch scratch_;  // Under running_.
  std::mutex starting_;
  std::unique_ptr<Worker> worker_;  // Last: it ends before what it uses.
};

struct Device {
  std::atomic<int64_t> contexts{0};
};

// Bytes that weights and graphs hold, over all contexts; false, and nothing taken, beyond the limit.
[[nodiscard]] bool take_memory(size_t bytes);
void give_memory(size_t bytes);

// The functions of the interface.
qnn::abi::Status log_create(qnn::abi::LogCallback callback, qnn::abi::LogLevel most, qnn::abi::Log* log);
qnn::abi::Status log_free(qnn::abi::Log log);
qnn::abi::Status backend_create(qnn::abi::Log log, qnn::abi::Configs configs, qnn::abi::Backend* backend);
qnn::abi::Status backend_free(qnn::abi::Backend backend);
qnn::abi::Status backend_get_build_id(const char** id);
qnn::abi::Status backend_get_api_version(qnn::abi::ApiVersion* version);
qnn::abi::Status device_create(qnn::abi::Log log, qnn::abi::Configs configs, qnn::abi::Device* device);
qnn::abi::Status device_free(qnn::abi::Device device);
qnn::abi::Status device_get_infrastructure(const void** infrastructure);
[[nodiscard]] qnn::abi::ApiVersion api_version();

}  // namespace tandem::npu
