// The GPU: one device with its context and its one in-order queue, and what it says of itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/opencl/handles.h"
#include "backends/opencl/options.h"
#include "base/result.h"
#include "processor/processor.h"

namespace tandem::opencl {

struct DeviceFacts {
  std::string platform, name, version, driver;
  bool is_cpu = false;
  bool unified_memory = false;
  bool fp16 = false;                // cl_khr_fp16
  int version_major = 1;            // Of OpenCL.
  bool subgroups = false;           // cl_khr_subgroups, or OpenCL 3 with that feature
  bool qcom_subgroup_size = false;  // cl_qcom_reqd_sub_group_size
  bool integer_dot = false;         // cl_khr_integer_dot_product
  bool ion_host_memory = false;     // cl_qcom_ext_host_ptr with ION memory
  uint32_t compute_units = 0;
  uint64_t local_bytes = 0;
  uint64_t largest_buffer = 0;  // bytes
  size_t group_items = 0;       // Most items of a work-group.
  uint32_t cacheline = 64;

  // Rows that one item of a matmul handles: 512-bit vectors on a CPU, 128-bit on a GPU.
  [[nodiscard]] int width() const { return is_cpu ? 16 : 4; }
};

class Device {
 public:
  // Errors: processor-missing (no library, no device of that name, only a CPU device and it was not named);
  // processor-failed (missing functions, too old, no context).
  [[nodiscard]] static Result<std::unique_ptr<Device>> open(const OpenClOptions& options);

  [[nodiscard]] const Api& api() const { return api_; }
  [[nodiscard]] const OpenClOptions& options() const { return options_; }
  [[nodiscard]] const DeviceFacts& facts() const { return facts_; }
  [[nodiscard]] cl_device_id id() const { return id_; }
  [[nodiscard]] cl_context context() const { return context_.get(); }
  [[nodiscard]] cl_command_queue queue() const { return queue_.get(); }
  // The host and the device see each other's writes without a copy.
  [[nodiscard]] bool unified() const { return facts_.unified_memory && !options_.force_copies; }
  // What kernels can use; the numbers are those of SUBGROUPS and DOT in kernels/.
  enum class Feature : uint8_t { kNone = 0, kOwn = 1, kEmulated = 2 };
  // A CPU has nothing to share among items.
  [[nodiscard]] Feature subgroups() const {
    return feature(facts_.subgroups && !facts_.is_cpu, options_.subgroups);
  }
  [[nodiscard]] Feature integer_dot() const { return feature(facts_.integer_dot, options_.integer_dot); }
  [[nodiscard]] int width() const { return options_.width > 0 ? options_.width : facts_.width(); }

  // Memory of the device's own. Error: out-of-memory.
  [[nodiscard]] Result<Buffer> make_buffer(int64_t bytes, cl_mem_flags flags = CL_MEM_READ_WRITE) const;
  // Memory of the host, without a copy where unified(). It outlives the buffer. `fd`: of ION memory, which
  // Adreno maps by it; -1: plain memory.
  [[nodiscard]] Result<Buffer> wrap(void* memory, size_t bytes, int fd = -1) const;

 private:
  static Feature feature(bool own, OpenClOptions::Force force) {
    if (force != OpenClOptions::Force::kNo) return static_cast<Feature>(force);
    return own ? Feature::kOwn : Feature::kNone;
  }
  Device(Api api, OpenClOptions options) : api_(std::move(api)), options_(std::move(options)) {}
  Api api_;
  OpenClOptions options_;
  DeviceFacts facts_;
  cl_device_id id_ = nullptr;
  Context context_;
  Queue queue_;
};

// What info() of a processor made with these options says, from a look at the platforms only: no context, no
// compilation.
[[nodiscard]] ProcessorInfo opencl_info(const OpenClOptions& options);
[[nodiscard]] ProcessorInfo describe(const DeviceFacts& facts);

}  // namespace tandem::opencl
