#include "backends/qnn/device.h"

#include <array>
#include <cstdio>
#include <utility>

#include "backends/qnn/status.h"
#include "base/log.h"

namespace tandem::qnn {
namespace {

constexpr std::string_view kReference = "TANDEM_REFERENCE_NPU";

void forward_log(const char* format, abi::LogLevel level, uint64_t, va_list values) {
  std::array<char, 512> line{};
  if (format == nullptr || std::vsnprintf(line.data(), line.size(), format, values) < 0) return;
  const LogLevel ours = level == abi::LogLevel::kError     ? LogLevel::kError
                        : level == abi::LogLevel::kWarning ? LogLevel::kWarning
                                                           : LogLevel::kDebug;
  log(ours, std::string("QNN: ") + line.data());
}

Error start_error(abi::Status status, const Library& library) {
  return status_error("The NPU did not start", status,
                      "run the doctor, it compares the QNN files with the chip",
                      {{"provider", library.provider()}, {"build", library.build_id()}});
}

}  // namespace

Result<std::unique_ptr<Device>> Device::create(const QnnOptions& options) {
  TANDEM_ASSIGN(std::shared_ptr<const Library> library, Library::open(options));
  std::unique_ptr<Device> device(new Device(std::move(library)));
  TANDEM_TRY(device->start());
  if (options.burst) device->raise_clocks();
  return device;
}

bool Device::takes_htp_settings() const {
  return library_->backend_id() == abi::kBackendHtp || library_->provider() == kReference;
}

Result<void> Device::start() {
  if (call().log_create != nullptr &&
      call().log_create(forward_log, abi::LogLevel::kWarning, &log_) != abi::kSuccess)
    log_ = nullptr;  // It works without.
  if (const abi::Status status = call().backend_create(log_, nullptr, &backend_); status != abi::kSuccess) {
    backend_ = nullptr;
    return start_error(status, *library_);
  }
  if (call().device_create != nullptr) {
    const abi::Status status = call().device_create(log_, nullptr, &device_);
    if (status != abi::kSuccess) device_ = nullptr;
    // Some providers have no devices.
    if (status != abi::kSuccess && abi::status_code(status) != abi::kNotSupported)
      return start_error(status, *library_);
  }
  if (call().profile_create == nullptr || call().profile_get_events == nullptr ||
      call().profile_get_sub_events == nullptr || call().profile_get_event_data == nullptr ||
      call().profile_create(backend_, abi::kProfileBasic, &profile_) != abi::kSuccess) {
    profile_ = nullptr;
    notes_.emplace_back("The NPU reports no times of its own: its times are those of the calls.");
  }
  return {};
}

void Device::raise_clocks() {
  const void* found = nullptr;
  if (!takes_htp_settings() || call().device_get_infrastructure == nullptr ||
      call().device_get_infrastructure(&found) != abi::kSuccess || found == nullptr) {
    notes_.emplace_back("The NPU's clocks cannot be set: it runs at the speed that the system chooses.");
    return;
  }
  const auto* infrastructure = static_cast<const abi::HtpInfrastructure*>(found);
  if (infrastructure->type != 0 ||
      infrastructure->create_power_config(0, 0, &power_config_) != abi::kSuccess) {
    notes_.emplace_back(
        "The NPU's clocks could not be raised: it runs at the speed that the system chooses.");
    return;
  }
  infrastructure_ = infrastructure;
  constexpr uint32_t kMax = abi::kHtpVoltageMax;
  abi::HtpPowerConfig clocks = {abi::kHtpPowerClocks, {}};
  clocks.clocks = {power_config_, 1,    0,   abi::kHtpPerformanceMode, 1, 40, 1, 1, 1, kMax, kMax, kMax, 1,
                   kMax,          kMax, kMax};
  abi::HtpPowerConfig latency = {abi::kHtpPowerRpcLatency, {}};
  latency.rpc_latency_us = 100;
  abi::HtpPowerConfig polling = {abi::kHtpPowerRpcPolling, {}};
  polling.rpc_polling_us = 9999;
  const abi::HtpPowerConfig* configs[] = {&clocks, &latency, &polling, nullptr};
  if (infrastructure->set_power_config(power_config_, configs) != abi::kSuccess)
    notes_.emplace_back(
        "The NPU's clocks could not be raised: it runs at the speed that the system chooses.");
}

Device::~Device() {
  if (infrastructure_ != nullptr) infrastructure_->destroy_power_config(power_config_);
  if (profile_ != nullptr && call().profile_free != nullptr) call().profile_free(profile_);
  if (device_ != nullptr && call().device_free != nullptr) call().device_free(device_);
  if (backend_ != nullptr) call().backend_free(backend_);
  if (log_ != nullptr && call().log_free != nullptr) call().log_free(log_);
}

}  // namespace tandem::qnn
