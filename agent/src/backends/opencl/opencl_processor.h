// The GPU behind the Processor interface: every op of a transformer, through OpenCL.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/opencl/device.h"
#include "backends/opencl/kernels.h"
#include "processor/processor.h"

namespace tandem::opencl {

class OpenClProcessor : public Processor {
 public:
  // Errors: processor-missing, processor-failed; see Device::open().
  [[nodiscard]] static Result<std::unique_ptr<OpenClProcessor>> create(const OpenClOptions& options);

  // With the forms of kernels that run, once a program has tuned them.
  [[nodiscard]] ProcessorInfo info() const override;
  [[nodiscard]] std::optional<std::string> why_not(const Graph& graph, const Weights& weights,
                                                   const Op& op) const override;
  [[nodiscard]] Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters& shape,
                                                            int64_t positions) override;
  [[nodiscard]] Result<std::unique_ptr<Program>> make_program(const Graph& graph, ActivationPool& pool,
                                                              KvCache* cache) override;

  [[nodiscard]] const DeviceFacts& facts() const { return device_->facts(); }
  // Programs for the device that were compiled, and that came from the cache folder.
  [[nodiscard]] Kernels::Counts counts() const { return kernels_.counts(); }

 private:
  explicit OpenClProcessor(std::unique_ptr<Device> device) : device_(std::move(device)), kernels_(*device_) {}

  std::unique_ptr<Device> device_;
  Kernels kernels_;
};

}  // namespace tandem::opencl
