// A provider's log, backend and device, and its clocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/qnn/abi/htp.h"
#include "backends/qnn/library.h"

namespace tandem::qnn {

class Device {
 public:
  // Errors: those of Library::open; processor-failed.
  [[nodiscard]] static Result<std::unique_ptr<Device>> create(const QnnOptions& options);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] const abi::Functions& call() const { return library_->functions(); }
  [[nodiscard]] const Library& library() const { return *library_; }
  [[nodiscard]] abi::Backend backend() const { return backend_; }
  [[nodiscard]] abi::Device device() const { return device_; }
  // A handle for times of executions; null where the provider gives none.
  [[nodiscard]] abi::Profile profile() const { return profile_; }
  // Whether settings that only Qualcomm's HTP takes may be given (the reference NPU takes them, too).
  [[nodiscard]] bool takes_htp_settings() const;
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  explicit Device(std::shared_ptr<const Library> library) : library_(std::move(library)) {}
  [[nodiscard]] Result<void> start();
  void raise_clocks();

  std::shared_ptr<const Library> library_;
  abi::Log log_ = nullptr;
  abi::Backend backend_ = nullptr;
  abi::Device device_ = nullptr;
  abi::Profile profile_ = nullptr;
  const abi::HtpInfrastructure* infrastructure_ = nullptr;
  uint32_t power_config_ = 0;  // Where infrastructure_ is set.
  std::vector<std::string> notes_;
};

}  // namespace tandem::qnn
