#include "backends/opencl/device.h"

#include <CL/cl_ext.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace tandem::opencl {
namespace {

constexpr cl_device_info kMaxSubGroups = 0x105C;  // CL_DEVICE_MAX_NUM_SUB_GROUPS of OpenCL 2.1.

struct Found {
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  DeviceFacts facts;
};

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\0' || std::isspace(static_cast<unsigned char>(text.back())) != 0))
    text.pop_back();
  return text;
}

template <typename Get, typename Id, typename Name>
std::string text_of(Get get, Id id, Name name) {
  size_t size = 0;
  if (get(id, name, 0, nullptr, &size) != CL_SUCCESS || size == 0) return {};
  std::string text(size, '\0');
  if (get(id, name, size, text.data(), nullptr) != CL_SUCCESS) return {};
  return trimmed(std::move(text));
}

template <typename T>
T number_of(const Api& api, cl_device_id id, cl_device_info name) {
  T value{};
  if (api.clGetDeviceInfo(id, name, sizeof(value), &value, nullptr) != CL_SUCCESS) return T{};
  return value;
}

DeviceFacts facts_of(const Api& api, cl_platform_id platform, cl_device_id id) {
  DeviceFacts facts;
  facts.platform = text_of(api.clGetPlatformInfo, platform, CL_PLATFORM_NAME);
  facts.name = text_of(api.clGetDeviceInfo, id, CL_DEVICE_NAME);
  facts.version = text_of(api.clGetDeviceInfo, id, CL_DEVICE_VERSION);
  facts.driver = text_of(api.clGetDeviceInfo, id, CL_DRIVER_VERSION);
  facts.is_cpu = (number_of<cl_device_type>(api, id, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_GPU) == 0;
  facts.unified_memory = number_of<cl_bool>(api, id, CL_DEVICE_HOST_UNIFIED_MEMORY) == CL_TRUE;
  facts.compute_units = number_of<cl_uint>(api, id, CL_DEVICE_MAX_COMPUTE_UNITS);
  facts.local_bytes = number_of<cl_ulong>(api, id, CL_DEVICE_LOCAL_MEM_SIZE);
  facts.largest_buffer = number_of<cl_ulong>(api, id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  facts.group_items = number_of<size_t>(api, id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
  const std::string extensions = " " + text_of(api.clGetDeviceInfo, id, CL_DEVICE_EXTENSIONS) + " ";
  const auto has = [&](const char* name) {
    return extensions.find(" " + std::string(name) + " ") != std::string::npos;
  };
  facts.fp16 = has("cl_khr_fp16");
  if (std::sscanf(facts.version.c_str(), "OpenCL %d.", &facts.version_major) != 1) facts.version_major = 0;
  // Their functions came with OpenCL C 2.0; in 3.0 they are a feature, which counts sub-groups where it is.
  facts.subgroups = facts.version_major >= 3 ? number_of<cl_uint>(api, id, kMaxSubGroups) > 0
                                             : facts.version_major == 2 && has("cl_khr_subgroups");
  facts.qcom_subgroup_size = has("cl_qcom_reqd_sub_group_size");
  facts.integer_dot = has("cl_khr_integer_dot_product");
  facts.ion_host_memory = has("cl_qcom_ext_host_ptr") && has("cl_qcom_ion_host_ptr");
  return facts;
}

std::vector<Found> find_devices(const Api& api) {
  std::vector<Found> found;
  cl_uint count = 0;
  if (api.clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return found;
  std::vector<cl_platform_id> platforms(count);
  if (count > 0 && api.clGetPlatformIDs(count, platforms.data(), nullptr) != CL_SUCCESS) return found;
  for (cl_platform_id platform : platforms) {
    cl_uint devices = 0;
    if (api.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &devices) != CL_SUCCESS) continue;
    std::vector<cl_device_id> ids(devices);
    if (devices == 0 ||
        api.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices, ids.data(), nullptr) != CL_SUCCESS)
      continue;
    for (cl_device_id id : ids) found.push_back({platform, id, facts_of(api, platform, id)});
  }
  return found;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string wanted_name(const OpenClOptions& options) {
  if (!options.device.empty()) return options.device;
  const char* named = std::getenv("TANDEM_OPENCL_DEVICE");
  return named == nullptr ? "" : named;
}

Result<Found> choose(const std::vector<Found>& found, const std::string& wanted) {
  if (found.empty()) {
    return Error{
        ErrorCode::kProcessorMissing, "OpenCL is installed but has no device: install the GPU's driver.", {}};
  }
  std::string names;
  for (const Found& each : found) names += (names.empty() ? "" : ", ") + each.facts.name;
  for (const Found& each : found) {
    const std::string name = lower(each.facts.platform + " " + each.facts.name);
    if (wanted.empty() ? !each.facts.is_cpu : name.find(lower(wanted)) != std::string::npos) return each;
  }
  if (!wanted.empty()) {
    return Error{ErrorCode::kProcessorMissing,
                 "OpenCL has no device named \"" + wanted + "\": choose one of " + names + ".",
                 {{"device", wanted}, {"devices", names}}};
  }
  return Error{
      ErrorCode::kProcessorMissing,
      "OpenCL runs on the CPU here (" + names +
          "), which is used as a GPU only when it is named: set TANDEM_OPENCL_DEVICE to a part of its name.",
      {{"devices", names}}};
}

Result<Api> load(const OpenClOptions& options) {
  TANDEM_ASSIGN(Api api, load_api(options.library));
  if (options.change_api) options.change_api(api);
  return api;
}

Result<Found> find(const Api& api, const OpenClOptions& options) {
  TANDEM_ASSIGN(Found found, choose(find_devices(api), wanted_name(options)));
  int major = 0, minor = 0;
  if (std::sscanf(found.facts.version.c_str(), "OpenCL %d.%d", &major, &minor) != 2 || major < 1 ||
      (major == 1 && minor < 2)) {
    return Error{ErrorCode::kProcessorFailed,
                 "The GPU " + found.facts.name + " offers \"" + found.facts.version +
                     "\", and Tandem needs OpenCL 1.2: install a newer driver.",
                 {{"version", found.facts.version}}};
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<Device>> Device::open(const OpenClOptions& options) {
  TANDEM_ASSIGN(Api api, load(options));
  TANDEM_ASSIGN(const Found found, find(api, options));
  std::unique_ptr<Device> device(new Device(std::move(api), options));
  device->facts_ = found.facts;
  device->id_ = found.device;
  cl_int code = CL_SUCCESS;
  device->context_ =
      Context(device->api_, device->api_.clCreateContext(nullptr, 1, &device->id_, nullptr, nullptr, &code));
  if (code != CL_SUCCESS) {
    return failed(
        "The GPU " + found.facts.name + " cannot be opened: restart the device or update its driver.",
        "clCreateContext", code);
  }
  device->queue_ = Queue(device->api_, device->api_.clCreateCommandQueue(device->context(), device->id_,
                                                                         CL_QUEUE_PROFILING_ENABLE, &code));
  if (code != CL_SUCCESS) {
    return failed("The GPU " + found.facts.name + " gives no command queue: restart the device.",
                  "clCreateCommandQueue", code);
  }
  return device;
}

Result<Buffer> Device::make_buffer(int64_t bytes, cl_mem_flags flags) const {
  cl_int code = CL_SUCCESS;
  Buffer buffer(api_, api_.clCreateBuffer(context(), flags, static_cast<size_t>(std::max<int64_t>(bytes, 4)),
                                          nullptr, &code));
  if (code == CL_SUCCESS) return buffer;
  return Error{ErrorCode::kOutOfMemory,
               "The GPU has no room for " + std::to_string((bytes >> 20) + 1) +
                   " MiB more: close other apps or choose a smaller model or context.",
               {{"bytes", std::to_string(bytes)}, {"clError", error_name(code)}}};
}

Result<Buffer> Device::wrap(void* memory, size_t bytes, int fd) const {
  cl_mem_flags flags = CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR;
  cl_mem_ion_host_ptr ion{};
  void* host = memory;
  if (facts_.ion_host_memory && fd >= 0) {
    ion.ext_host_ptr.allocation_type = CL_MEM_ION_HOST_PTR_QCOM;
    ion.ext_host_ptr.host_cache_policy = CL_MEM_HOST_IOCOHERENT_QCOM;
    ion.ion_filedesc = fd;
    ion.ion_hostptr = memory;
    flags |= CL_MEM_EXT_HOST_PTR_QCOM;
    host = &ion;
  }
  cl_int code = CL_SUCCESS;
  Buffer buffer(api_, api_.clCreateBuffer(context(), flags, bytes, host, &code));
  if (code == CL_SUCCESS) return buffer;
  return failed("The GPU " + facts_.name + " cannot map the activations' memory: restart the device.",
                "clCreateBuffer", code);
}

ProcessorInfo describe(const DeviceFacts& facts) {
  ProcessorInfo info;
  info.kind = ProcessorKind::kGpu;
  info.name = facts.name;
  info.role = ProcessorRole::kPrimary;
  info.threads = static_cast<int>(facts.compute_units);
  info.features = {facts.version, "driver " + facts.driver, facts.fp16 ? "fp16 arithmetic" : "fp16 storage",
                   std::to_string(facts.compute_units) + " compute units",
                   facts.unified_memory ? "unified memory" : "memory of its own"};
  if (facts.is_cpu) info.features.emplace_back("runs on the CPU");
  if (facts.subgroups) info.features.emplace_back("subgroups");
  if (facts.integer_dot) info.features.emplace_back("integer dot product");
  if (facts.ion_host_memory) info.features.emplace_back("ion memory");
  return info;
}

ProcessorInfo opencl_info(const OpenClOptions& options) {
  const auto found = [&]() -> Result<Found> {
    TANDEM_ASSIGN(const Api api, load(options));
    return find(api, options);
  }();
  if (found.ok()) return describe(found->facts);
  ProcessorInfo info;
  info.kind = ProcessorKind::kGpu;
  info.name = "OpenCL";
  info.state =
      found.error().code == ErrorCode::kProcessorMissing ? ProcessorState::kMissing : ProcessorState::kBroken;
  info.reason = found.error().message;
  return info;
}

}  // namespace tandem::opencl
