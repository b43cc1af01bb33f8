#include "backends/opencl/opencl_program.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kCalibrateEvery = 100'000'000;  // ns

struct Times {
  cl_ulong start = 0, end = 0;
};

Result<Times> times_of(const Api& api, const Event& event) {
  Times times;
  cl_int code = api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_START, sizeof(times.start),
                                            &times.start, nullptr);
  if (code == CL_SUCCESS) {
    code = api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_END, sizeof(times.end), &times.end,
                                       nullptr);
  }
  if (code == CL_SUCCESS) return times;
  return failed("The GPU does not tell when its kernels ran: update its driver.", "clGetEventProfilingInfo",
                code);
}

}  // namespace

Result<std::unique_ptr<OpenClProgram>> OpenClProgram::create(const Device& device, Kernels& kernels,
                                                             const Graph& graph, ActivationPool& pool,
                                                             OpenClCache* cache) {
  std::unique_ptr<OpenClProgram> program(new OpenClProgram(device, kernels, graph, pool, cache));
  TANDEM_TRY(program->map_pool());
  TANDEM_ASSIGN(program->signal_, BatchSignal::create(device, kernels));
  TANDEM_TRY(program->clock_.calibrate(device, program->signal_->idle_kernel()));
  return program;
}

// The queue may still read what belongs to the program and to the pool.
OpenClProgram::~OpenClProgram() {
  if (!mapped_.empty() && !failure_) static_cast<void>(give_slots_to_device());
  static_cast<void>(device_.api().clFinish(device_.queue()));
}

Result<void> OpenClProgram::fail(Error error) {
  // A device that failed once is not asked again: what it still does is unknown.
  if (error.code == ErrorCode::kProcessorFailed) failure_ = error;
  drain();
  return error;
}

// After an early end nothing writes into the pool any more, and no later step reports what ran.
void OpenClProgram::drain() {
  static_cast<void>(device_.api().clFinish(device_.queue()));
  launcher_.events().clear();
  ran_.clear();
  staged_ids_.clear();
}

Result<void> OpenClProgram::submit(const Batch& batch, const Step& step) {
  if (failure_) return *failure_;
  packed_ = quantised_token_ = {};  // Other processors may have written since.
  if (auto result = give_slots_to_device(); !result.ok()) return fail(std::move(result).error());
  for (size_t i = 0; i < batch.parts.size(); ++i) {
    const Part& part = batch.parts[i];
    const Op& op = op_of(part);
    const bool last = i + 1 == batch.parts.size();
    if (part.tokens > 0) {
      if (step.cancel.cancelled()) {
        drain();
        return Error{ErrorCode::kCancelled, "The run was cancelled.", {}};
      }
      launcher_.begin(op.name, step.trace != nullptr || i == 0 || last);
      const size_t first = launcher_.events().size();
      if (auto result = run_part(part, step); !result.ok()) return fail(std::move(result).error());
      ran_.push_back({part, first, launcher_.events().size() - first, last, batch.flow});
      ++usage_.ops;
    }
  }
  if (device_.unified()) {
    launcher_.begin("the signal", true);
    if (auto result = signal_->enqueue(launcher_, batch.number); !result.ok())
      return fail(std::move(result).error());
    const cl_event event = launcher_.events().back().get();
    device_.api().clRetainEvent(event);
    const std::lock_guard lock(last_mutex_);
    last_ = Event(device_.api(), event);
  } else if (auto result = give_slots_to_host(batch.number, batch.signals); !result.ok()) {
    return fail(std::move(result).error());
  }
  const cl_int code = device_.api().clFlush(device_.queue());
  if (code != CL_SUCCESS) return fail(launcher_.stopped("clFlush", code));
  return {};
}

Result<void> OpenClProgram::finish(uint64_t) {
  Event event;
  {
    const std::lock_guard lock(last_mutex_);
    if (!last_) return {};
    device_.api().clRetainEvent(last_.get());
    event = Event(device_.api(), last_.get());
  }
  const cl_event one = event.get();
  const cl_int code = device_.api().clWaitForEvents(1, &one);
  if (code == CL_SUCCESS) return {};
  return failed("The GPU " + device_.facts().name +
                    " stopped while it worked: load the model again, or run it without the GPU.",
                "clWaitForEvents", code);
}

Result<void> OpenClProgram::collect(const Step& step) {
  if (step.trace != nullptr && boottime_ns() - clock_.calibrated_at() > kCalibrateEvery) {
    if (auto result = clock_.calibrate(device_, signal_->idle_kernel()); !result.ok())
      return fail(std::move(result).error());
  }
  const std::vector<Event> events = std::exchange(launcher_.events(), {});
  const std::vector<Ran> ran = std::exchange(ran_, {});
  staged_ids_.clear();
  cl_ulong busy_begin = 0, busy_end = 0;
  for (const Ran& each : ran) {
    if (each.events == 0) continue;
    TANDEM_ASSIGN(const Times first, times_of(device_.api(), events[each.first_event]));
    TANDEM_ASSIGN(const Times last, times_of(device_.api(), events[each.first_event + each.events - 1]));
    if (busy_begin == 0) busy_begin = first.start;
    busy_end = last.end;
    if (step.trace != nullptr) {
      step.trace->push({.begin_ns = clock_.to_boottime(first.start),
                        .end_ns = clock_.to_boottime(last.end),
                        .id = each.part.op,
                        .position = static_cast<int32_t>(step.shape.position),
                        .tokens = static_cast<uint16_t>(step.shape.tokens),
                        .logit_rows = static_cast<uint16_t>(step.shape.logit_rows),
                        .track = Track::kGpu,
                        .share = each.part.share,
                        .strategy = each.part.strategy,
                        .predicted_ns = each.part.predicted_ns,
                        .flow = each.last ? each.flow : 0});
      usage_.busy_ns += static_cast<int64_t>(last.end - first.start);
    } else if (each.last) {
      usage_.busy_ns += static_cast<int64_t>(busy_end - busy_begin);
      busy_begin = 0;
    }
  }
  return {};
}

// Where the device has memory of its own, the driver copies: the host holds all slots between batches.
Result<void> OpenClProgram::give_slots_to_device() {
  for (size_t i = 0; i < mapped_.size(); ++i) {
    if (mapped_[i] == nullptr) continue;
    const cl_int code = device_.api().clEnqueueUnmapMemObject(
        device_.queue(), slots_[i].get(), std::exchange(mapped_[i], nullptr), 0, nullptr, nullptr);
    if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueUnmapMemObject", code);
  }
  return {};
}

Result<void> OpenClProgram::give_slots_to_host(uint64_t number, bool signals) {
  cl_event event = nullptr;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const bool last = i + 1 == slots_.size();
    cl_int code = CL_SUCCESS;
    mapped_[i] = device_.api().clEnqueueMapBuffer(
        device_.queue(), slots_[i].get(), CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0,
        pool_.slot(static_cast<int32_t>(i)).bytes().size(), 0, nullptr, last ? &event : nullptr, &code);
    if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueMapBuffer", code);
  }
  Event mapped(device_.api(), event);
  if (signals) TANDEM_TRY(signal_->when(event, number));
  const std::lock_guard lock(last_mutex_);
  last_ = std::move(mapped);
  return {};
}

int64_t OpenClProgram::weight_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, matrix] : matrices_) bytes += matrix.weight.bytes();
  for (const auto& [id, size] : vector_bytes_) bytes += size;
  return bytes;
}

int64_t OpenClProgram::scratch_bytes() const {
  return tiles_.bytes + quantised_.bytes + partial_.bytes + ids_.bytes + rope_bytes_;
}

std::vector<std::string> OpenClProgram::notes() const {
  std::vector<std::string> notes;
  for (const TensorType type : widened_) notes.push_back(widened_note(type));
  if (quantised_.bytes > 0) {
    notes.push_back(
        "The GPU rounds the activations of single tokens to 8 bits in blocks of 32 for its integer dot "
        "products, which were measured to be faster here.");
  }
  if (!device_.unified()) {
    notes.push_back(
        "The GPU " + device_.facts().name +
        " has memory of its own: activations are copied to it and back at each hand-over, which is slow.");
  }
  return notes;
}

}  // namespace tandem::opencl
