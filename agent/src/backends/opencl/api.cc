#include "backends/opencl/api.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

namespace tandem::opencl {

#ifdef TANDEM_STATIC_BUILD

Result<Api> load_api(const std::string&) {
  return Error{
      ErrorCode::kProcessorMissing,
      "This build of the agent is static and cannot load libraries, so it has no GPU: use a build for "
      "this system to run on the GPU.",
      {}};
}

#else

namespace {

std::vector<std::string> candidates(const std::string& path) {
  if (!path.empty()) return {path};
  if (const char* named = std::getenv("TANDEM_OPENCL_LIBRARY"); named != nullptr && *named != '\0')
    return {named};
  return {"libOpenCL.so.1",
          "libOpenCL.so",
          "/vendor/lib64/libOpenCL.so",
          "/system/vendor/lib64/libOpenCL.so",
          "/system/lib64/libOpenCL.so",
          "/vendor/lib64/egl/libGLES_mali.so",
          "/vendor/lib64/libPVROCL.so",
          "/system/vendor/lib64/egl/libGLES_mali.so"};
}

}  // namespace

Result<Api> load_api(const std::string& path) {
  const std::vector<std::string> names = candidates(path);
  void* library = nullptr;
  Api api;
  std::string reasons;
  for (const std::string& name : names) {
    library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) {
      api.path = name;
      break;
    }
    const char* reason = ::dlerror();
    reasons += (reasons.empty() ? "" : "; ") + std::string(reason == nullptr ? name : reason);
  }
  if (library == nullptr) {
    const std::string sentence =
        names.size() == 1
            ? "The OpenCL library " + names[0] + " cannot be loaded: check its path and build."
            : "This device has no OpenCL library, so its GPU cannot be used: install its driver, "
              "or name the library with TANDEM_OPENCL_LIBRARY.";
    return Error{ErrorCode::kProcessorMissing, sentence, {{"reason", reasons}}};
  }
  const char* missing = nullptr;
#define TANDEM_CL_FIND(name)                                                \
  api.name = reinterpret_cast<decltype(api.name)>(::dlsym(library, #name)); \
  if (api.name == nullptr && missing == nullptr) missing = #name;
  TANDEM_CL_FUNCTIONS(TANDEM_CL_FIND)
#undef TANDEM_CL_FIND
  if (missing != nullptr) {
    return Error{ErrorCode::kProcessorFailed,
                 "The library " + api.path + " is not OpenCL 1.2, it lacks " + missing +
                     ": install a newer GPU driver.",
                 {{"path", api.path}, {"symbol", missing}}};
  }
  return api;
}

#endif

std::string error_name(cl_int code) {
  constexpr std::array<std::pair<cl_int, const char*>, 36> kNames{{
      {CL_DEVICE_NOT_FOUND, "CL_DEVICE_NOT_FOUND"},
      {CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE"},
      {CL_COMPILER_NOT_AVAILABLE, "CL_COMPILER_NOT_AVAILABLE"},
      {CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
      {CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES"},
      {CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY"},
      {CL_PROFILING_INFO_NOT_AVAILABLE, "CL_PROFILING_INFO_NOT_AVAILABLE"},
      {CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE"},
      {CL_MAP_FAILURE, "CL_MAP_FAILURE"},
      {CL_MISALIGNED_SUB_BUFFER_OFFSET, "CL_MISALIGNED_SUB_BUFFER_OFFSET"},
      {CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST"},
      {CL_COMPILE_PROGRAM_FAILURE, "CL_COMPILE_PROGRAM_FAILURE"},
      {CL_INVALID_VALUE, "CL_INVALID_VALUE"},
      {CL_INVALID_PLATFORM, "CL_INVALID_PLATFORM"},
      {CL_INVALID_DEVICE, "CL_INVALID_DEVICE"},
      {CL_INVALID_CONTEXT, "CL_INVALID_CONTEXT"},
      {CL_INVALID_COMMAND_QUEUE, "CL_INVALID_COMMAND_QUEUE"},
      {CL_INVALID_HOST_PTR, "CL_INVALID_HOST_PTR"},
      {CL_INVALID_MEM_OBJECT, "CL_INVALID_MEM_OBJECT"},
      {CL_INVALID_BINARY, "CL_INVALID_BINARY"},
      {CL_INVALID_BUILD_OPTIONS, "CL_INVALID_BUILD_OPTIONS"},
      {CL_INVALID_PROGRAM, "CL_INVALID_PROGRAM"},
      {CL_INVALID_PROGRAM_EXECUTABLE, "CL_INVALID_PROGRAM_EXECUTABLE"},
      {CL_INVALID_KERNEL_NAME, "CL_INVALID_KERNEL_NAME"},
      {CL_INVALID_KERNEL, "CL_INVALID_KERNEL"},
      {CL_INVALID_ARG_INDEX, "CL_INVALID_ARG_INDEX"},
      {CL_INVALID_ARG_VALUE, "CL_INVALID_ARG_VALUE"},
      {CL_INVALID_ARG_SIZE, "CL_INVALID_ARG_SIZE"},
      {CL_INVALID_KERNEL_ARGS, "CL_INVALID_KERNEL_ARGS"},
      {CL_INVALID_WORK_DIMENSION, "CL_INVALID_WORK_DIMENSION"},
      {CL_INVALID_WORK_GROUP_SIZE, "CL_INVALID_WORK_GROUP_SIZE"},
      {CL_INVALID_WORK_ITEM_SIZE, "CL_INVALID_WORK_ITEM_SIZE"},
      {CL_INVALID_EVENT, "CL_INVALID_EVENT"},
      {CL_INVALID_OPERATION, "CL_INVALID_OPERATION"},
      {CL_INVALID_BUFFER_SIZE, "CL_INVALID_BUFFER_SIZE"},
      {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
  }};
  for (const auto& [value, name] : kNames) {
    if (value == code) return std::string(name) + " (" + std::to_string(code) + ")";
  }
  return "OpenCL error " + std::to_string(code);
}

Error failed(std::string sentence, std::string_view call, cl_int code) {
  return Error{ErrorCode::kProcessorFailed,
               std::move(sentence),
               {{"call", std::string(call)}, {"clError", error_name(code)}}};
}

}  // namespace tandem::opencl
