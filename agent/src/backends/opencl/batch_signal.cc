#include "backends/opencl/batch_signal.h"

#include <algorithm>
#include <utility>

#include "base/system.h"

namespace tandem::opencl {
namespace {

struct CallBack {
  CallBack(std::shared_ptr<std::atomic<uint64_t>> to, uint64_t value)
      : completed(std::move(to)), number(value) {}
  std::shared_ptr<std::atomic<uint64_t>> completed;
  uint64_t number;
};

// A failed batch is not signalled: who waits for it asks finish(), which has the error.
void CL_CALLBACK call_back(cl_event, cl_int status, void* data) {
  const std::unique_ptr<CallBack> call(static_cast<CallBack*>(data));
  if (status == CL_COMPLETE) call->completed->store(call->number, std::memory_order_release);
}

}  // namespace

Result<std::unique_ptr<BatchSignal>> BatchSignal::create(const Device& device, Kernels& kernels) {
  std::unique_ptr<BatchSignal> signal(new BatchSignal(device));
  TANDEM_ASSIGN(signal->memory_, allocate_pages(static_cast<int64_t>(page_size())));
  const auto bytes = signal->memory_->bytes();
  TANDEM_ASSIGN(signal->flag_, device.wrap(bytes.data(), bytes.size()));
  TANDEM_ASSIGN(signal->idle_word_, device.make_buffer(64));
  TANDEM_ASSIGN(signal->kernel_, kernels.get(elementwise_source(device, false), "signal"));
  TANDEM_ASSIGN(signal->idle_, kernels.get(elementwise_source(device, false), "signal"));
  const cl_mem word = signal->idle_word_.get();
  const cl_ulong number = 0;
  const Api& api = device.api();
  cl_int code = api.clSetKernelArg(signal->idle_.get(), 0, sizeof(word), &word);
  if (code == CL_SUCCESS) code = api.clSetKernelArg(signal->idle_.get(), 1, sizeof(number), &number);
  if (code == CL_SUCCESS) return signal;
  return failed("The GPU takes no kernel arguments: update its driver.", "clSetKernelArg", code);
}

Result<void> BatchSignal::enqueue(Launcher& launcher, uint64_t number) {
  return launcher.run(kernel_, {}, flag_.get(), number);
}

Result<void> BatchSignal::when(cl_event event, uint64_t number) {
  auto call = std::make_unique<CallBack>(called_back_, number);
  const cl_int code = device_.api().clSetEventCallback(event, CL_COMPLETE, call_back, call.get());
  if (code != CL_SUCCESS)
    return failed("The GPU does not report when it is done: update its driver.", "clSetEventCallback", code);
  static_cast<void>(call.release());  // call_back() owns it now.
  return {};
}

uint64_t BatchSignal::completed() const {
  auto* flag = reinterpret_cast<uint64_t*>(memory_->bytes().data());
  return std::max(std::atomic_ref<uint64_t>(*flag).load(std::memory_order_acquire),
                  called_back_->load(std::memory_order_acquire));
}

}  // namespace tandem::opencl
