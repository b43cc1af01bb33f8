#include "device.h"

#include <cstdarg>
#include <future>
#include <set>
#include <string>
#include <utility>

#include "misbehave.h"

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

std::atomic<size_t> held_bytes{0};

std::mutex power_mutex;
std::set<uint32_t>& power_configs() {
  static std::set<uint32_t> configs;
  return configs;
}

Status create_power_config(uint32_t, uint32_t, uint32_t* id) {
  if (id == nullptr) return kInvalidArgument;
  static uint32_t next = 1;
  const std::lock_guard lock(power_mutex);
  power_configs().insert(next);
  *id = next++;
  return kSuccess;
}

Status destroy_power_config(uint32_t id) {
  const std::lock_guard lock(power_mutex);
  return power_configs().erase(id) == 1 ? kSuccess : kInvalidArgument;
}

// Accepted and without effect: this NPU's clock is the host's.
Status set_power_config(uint32_t id, const HtpPowerConfig** configs) {
  const std::lock_guard lock(power_mutex);
  return power_configs().contains(id) && configs != nullptr && *configs != nullptr ? kSuccess
                                                                                   : kInvalidArgument;
}

constexpr HtpInfrastructure kInfrastructure = {0, create_power_config, destroy_power_config, set_power_config,
                                               nullptr};

}  // namespace

void Logger::write(LogLevel level, const char* format, ...) const {
  if (callback == nullptr || level > most) return;
  va_list values;
  va_start(values, format);
  callback(format, level, 0, values);
  va_end(values);
}

Worker& npu::Backend::worker() {
  const std::lock_guard lock(starting_);
  if (!worker_) worker_ = std::make_unique<Worker>(own_core());
  return *worker_;
}

void npu::Backend::run(const std::function<void(Scratch&)>& work) {
  if (own_core()) {
    std::promise<void> done;
    const auto job = [&] {
      const std::lock_guard lock(running_);
      work(scratch_);
      done.set_value();
    };
    if (worker().queue(job)) return done.get_future().wait();
  }
  const std::lock_guard lock(running_);
  work(scratch_);
}

bool npu::Backend::run_later(std::function<void(Scratch&)> work) {
  return worker().queue([this, work = std::move(work)] {
    const std::lock_guard lock(running_);
    work(scratch_);
  });
}

bool take_memory(size_t bytes) {
  const auto limit = memory_limit();
  const size_t before = held_bytes.fetch_add(bytes);
  if (!limit || before + bytes <= *limit) return true;
  held_bytes.fetch_sub(bytes);
  return false;
}

void give_memory(size_t bytes) { held_bytes.fetch_sub(bytes); }

Status log_create(LogCallback callback, LogLevel most, Log* log) {
  if (log == nullptr) return kInvalidArgument;
  *log = registry<Logger>().add(std::make_shared<Logger>(Logger{callback, most}));
  return kSuccess;
}

Status log_free(Log log) { return registry<Logger>().remove(log) ? kSuccess : kLogInvalidHandle; }

Status backend_create(Log log, Configs, qnn::abi::Backend* backend) {
  if (backend == nullptr) return kBackendInvalidArgument;
  auto made = std::make_shared<npu::Backend>();
  if (log != nullptr && !(made->log = registry<Logger>().find(log))) return kLogInvalidHandle;
  made->failing_execute = failing_execute();
  if (made->log) made->log->write(LogLevel::kInfo, "reference NPU, %s", float_kernels().name.data());
  *backend = registry<npu::Backend>().add(std::move(made));
  return kSuccess;
}

Status backend_free(qnn::abi::Backend backend) {
  const auto found = registry<npu::Backend>().find(backend);
  if (!found) return kBackendInvalidHandle;
  if (found->contexts > 0) return kNotPermitted;
  registry<npu::Backend>().remove(backend);
  return kSuccess;
}

Status backend_get_build_id(const char** id) {
  if (id == nullptr) return kBackendInvalidArgument;
  static const std::string kId = "tandem-reference-npu 1, " + std::string(float_kernels().name);
  *id = kId.c_str();
  return kSuccess;
}

ApiVersion api_version() {
  ApiVersion version = {{kApiMajor, kApiMinor, 0}, {1, 0, 0}};
  if (const auto reported = reported_version()) {
    version.core.major = reported->first;
    version.core.minor = reported->second;
  }
  return version;
}

Status backend_get_api_version(ApiVersion* version) {
  if (version == nullptr) return kBackendInvalidArgument;
  *version = api_version();
  return kSuccess;
}

Status device_create(Log log, Configs, qnn::abi::Device* device) {
  if (device == nullptr) return kInvalidArgument;
  if (log != nullptr && !registry<Logger>().find(log)) return kLogInvalidHandle;
  *device = registry<npu::Device>().add(std::make_shared<npu::Device>());
  return kSuccess;
}

Status device_free(qnn::abi::Device device) {
  const auto found = registry<npu::Device>().find(device);
  if (!found) return kDeviceInvalidHandle;
  if (found->contexts > 0) return kDeviceInUse;
  registry<npu::Device>().remove(device);
  return kSuccess;
}

Status device_get_infrastructure(const void** infrastructure) {
  if (infrastructure == nullptr) return kInvalidArgument;
  *infrastructure = &kInfrastructure;
  return kSuccess;
}

}  // namespace tandem::npu
