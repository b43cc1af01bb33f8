// An NPU behind the Processor interface, through the QNN C interface: a co-processor that runs matmuls.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/qnn/device.h"
#include "backends/qnn/options.h"
#include "processor/processor.h"

namespace tandem::qnn {

// What info() of a processor made with these options says: loads the library, starts nothing. Never fails: a
// missing or unfit library is a state with its reason.
[[nodiscard]] ProcessorInfo npu_info(const QnnOptions& options);

class QnnProcessor : public Processor {
 public:
  // Errors: processor-missing, unsupported (the library's version), processor-failed.
  [[nodiscard]] static Result<std::unique_ptr<QnnProcessor>> create(const QnnOptions& options);

  [[nodiscard]] ProcessorInfo info() const override;
  [[nodiscard]] std::optional<std::string> why_not(const Graph& graph, const Weights& weights,
                                                   const Op& op) const override;
  [[nodiscard]] Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters& shape,
                                                            int64_t positions) override;
  // The pool's memory should come from rpcmem_allocator(); other memory serves, with a note.
  [[nodiscard]] Result<std::unique_ptr<Program>> make_program(const Graph& graph, ActivationPool& pool,
                                                              KvCache* cache) override;

 private:
  QnnProcessor(QnnOptions options, std::unique_ptr<Device> device)
      : options_(std::move(options)), device_(std::move(device)) {}

  QnnOptions options_;
  std::unique_ptr<Device> device_;
};

}  // namespace tandem::qnn
