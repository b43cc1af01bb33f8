#include "backends/opencl/kernels.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "backends/opencl/kernel_sources.h"
#include "backends/opencl/stored_file.h"

namespace tandem::opencl {
namespace {

// The oldest language that has what a kernel uses.
std::string standard(const Device& device, bool subgroups) {
  if (!subgroups || device.subgroups() != Device::Feature::kOwn) return "CL1.2";
  return device.facts().version_major >= 3 ? "CL3.0" : "CL2.0";
}

std::string number_of(Device::Feature feature, bool used) {
  return std::to_string(used ? static_cast<int>(feature) : 0);
}

std::string common_options(const Device& device, bool subgroups) {
  return "-cl-std=" + standard(device, subgroups) +
         " -DSUBGROUPS=" + number_of(device.subgroups(), subgroups) +
         " -DQCOM_SUBGROUP_SIZE=" + (subgroups && device.facts().qcom_subgroup_size ? "1" : "0") +
         " -cl-mad-enable -DV=" + std::to_string(device.width()) + " -DFP16=" +
         (device.options().compilers_fp16 ? "2"
          : device.facts().fp16           ? "1"
                                          : "0") +
         device.options().compiler_options;
}

// The file once for each number of tokens or rows.
std::string for_each_tile(std::string_view text) {
  std::string all;
  for (const int tile : kTiles)
    all += "#define T " + std::to_string(tile) + "\n" + std::string(text) + "#undef T\n";
  return all;
}

// The line with the first error, else the first line.
std::string complaint(const std::string& log) {
  const size_t error = std::min(log.find("error"), log.size());
  const size_t begin = error == log.size() ? 0 : log.rfind('\n', error) + 1;
  std::string line = log.substr(begin, log.find('\n', begin) - begin);
  while (!line.empty() && line.back() == '\0') line.pop_back();
  return line.empty() ? "no reason was given" : line;
}

// Many items work on one row: on a CPU only in tests.
bool shares_rows(const Device& device) {
  return !device.facts().is_cpu || device.subgroups() != Device::Feature::kNone;
}

}  // namespace

int norm_items(const Device& device) { return shares_rows(device) ? 64 : 1; }
int window_columns(const Device& device) { return device.facts().is_cpu ? 1024 : device.width(); }
int attention_items(const Device& device) { return shares_rows(device) ? 64 : 1; }

KernelSource elementwise_source(const Device& device, bool subgroups) {
  return {"elementwise",
          std::string(k_common_source) + std::string(k_subgroups_source) + std::string(k_elementwise_source) +
              std::string(k_quantize_source),
          common_options(device, subgroups) + " -DCHUNK=" + std::to_string(window_columns(device)) +
              " -DNORM_ITEMS=" + std::to_string(norm_items(device))};
}

KernelSource matmul_source(const Device& device, const Format& format, const GemvForm& form) {
  std::string text = std::string(k_common_source) + std::string(k_subgroups_source) +
                     std::string(k_weights_source) + std::string(k_gemv_source);
  if (form.dot) text += k_gemv_dot_source;
  return {"matmul", text + for_each_tile(k_gemm_source),
          common_options(device, form.subgroups) + " " + defines(format) + " -DK_ITEMS=" +
              std::to_string(form.items) + " -DDOT=" + number_of(device.integer_dot(), form.dot)};
}

KernelSource attention_source(const Device& device, int64_t head_dim, int64_t group, bool subgroups) {
  return {"attention",
          std::string(k_common_source) + std::string(k_subgroups_source) + for_each_tile(k_attention_source),
          common_options(device, subgroups) + " -DHEAD_DIM=" + std::to_string(head_dim) + " -DGROUP=" +
              std::to_string(group) + " -DATTENTION_ITEMS=" + std::to_string(attention_items(device))};
}

uint64_t Kernels::key(const std::string& text) const {
  const DeviceFacts& facts = device_.facts();
  std::string all;
  for (const std::string& part : {facts.platform, facts.name, facts.version, facts.driver, text})
    all += part + '\0';
  return hash_of(all);
}

std::string Kernels::path(uint64_t key) const {
  char name[40];
  std::snprintf(name, sizeof(name), "/opencl-%016llx.bin", static_cast<unsigned long long>(key));
  return device_.options().cache_folder + name;
}

Result<Kernel> Kernels::get(const KernelSource& source, const std::string& kernel) {
  TANDEM_ASSIGN(const cl_program program, this->program(source));
  cl_int code = CL_SUCCESS;
  Kernel made(device_.api(), device_.api().clCreateKernel(program, kernel.c_str(), &code));
  if (code == CL_SUCCESS) return made;
  return failed("The GPU's compiler left out the kernel " + kernel + ": update the GPU's driver.",
                "clCreateKernel", code);
}

Result<cl_program> Kernels::program(const KernelSource& source) {
  const uint64_t key = this->key(source.options + '\0' + source.text);
  if (const auto found = programs_.find(key); found != programs_.end()) return found->second.get();
  ClProgram program = from_file(source, key);
  if (program) {
    ++counts_.from_cache;
  } else {
    TANDEM_ASSIGN(program, compile(source, key));
    ++counts_.compiled;
  }
  return programs_.emplace(key, std::move(program)).first->second.get();
}

ClProgram Kernels::from_file(const KernelSource& source, uint64_t key) {
  if (device_.options().cache_folder.empty()) return {};
  const std::optional<std::string> binary = read_stored(path(key), key);
  if (!binary) return {};
  const Api& api = device_.api();
  const cl_device_id id = device_.id();
  const size_t size = binary->size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(binary->data());
  cl_int status = CL_SUCCESS, code = CL_SUCCESS;
  ClProgram program(api,
                    api.clCreateProgramWithBinary(device_.context(), 1, &id, &size, &bytes, &status, &code));
  if (code != CL_SUCCESS || status != CL_SUCCESS) return {};
  if (api.clBuildProgram(program.get(), 1, &id, source.options.c_str(), nullptr, nullptr) != CL_SUCCESS)
    return {};
  return program;
}

Result<ClProgram> Kernels::compile(const KernelSource& source, uint64_t key) {
  const Api& api = device_.api();
  const cl_device_id id = device_.id();
  const char* text = source.text.c_str();
  cl_int code = CL_SUCCESS;
  ClProgram program(api, api.clCreateProgramWithSource(device_.context(), 1, &text, nullptr, &code));
  if (code != CL_SUCCESS) {
    return failed("The GPU takes no kernels for " + source.name + ": update its driver.",
                  "clCreateProgramWithSource", code);
  }
  code = api.clBuildProgram(program.get(), 1, &id, source.options.c_str(), nullptr, nullptr);
  if (code != CL_SUCCESS) {
    size_t size = 0;
    api.clGetProgramBuildInfo(program.get(), id, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
    std::string log(size, '\0');
    api.clGetProgramBuildInfo(program.get(), id, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
    Error error = failed("The GPU's compiler refused the " + source.name +
                             " kernels: update the GPU's driver, or run without the GPU.",
                         "clBuildProgram", code);
    error.context["compiler"] = complaint(log);
    return error;
  }
  store(program.get(), key);
  return program;
}

void Kernels::store(cl_program program, uint64_t key) {
  if (device_.options().cache_folder.empty()) return;
  const Api& api = device_.api();
  size_t size = 0;
  if (api.clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, nullptr) != CL_SUCCESS ||
      size == 0)
    return;
  std::string binary(size, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(binary.data());
  if (api.clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(bytes), &bytes, nullptr) != CL_SUCCESS)
    return;
  write_stored(path(key), key, binary);
}

}  // namespace tandem::opencl
