// How the host learns that a batch is done without asking the driver: where memory is shared a last kernel
// writes the batch's number into a flag that the host polls; else the driver calls back when the outputs were
// copied.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "backends/opencl/kernels.h"
#include "backends/opencl/launcher.h"
#include "processor/shared_memory.h"

namespace tandem::opencl {

class BatchSignal {
 public:
  [[nodiscard]] static Result<std::unique_ptr<BatchSignal>> create(const Device& device, Kernels& kernels);

  // Behind everything that is in the queue. Error: processor-failed.
  [[nodiscard]] Result<void> enqueue(Launcher& launcher, uint64_t number);
  // When this event is complete. Error: processor-failed.
  [[nodiscard]] Result<void> when(cl_event event, uint64_t number);

  // The largest number that was signalled. Any thread.
  [[nodiscard]] uint64_t completed() const;

  // Writes into a word that nobody reads: for the clock.
  [[nodiscard]] cl_kernel idle_kernel() const { return idle_.get(); }

 private:
  explicit BatchSignal(const Device& device) : device_(device) {}

  const Device& device_;
  std::unique_ptr<SharedMemory> memory_;
  Buffer flag_, idle_word_;
  Kernel kernel_, idle_;
  std::shared_ptr<std::atomic<uint64_t>> called_back_ = std::make_shared<std::atomic<uint64_t>>(0);
};

}  // namespace tandem::opencl
