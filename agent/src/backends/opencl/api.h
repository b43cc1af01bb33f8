// OpenCL's functions, found at run time: one binary runs with and without a GPU driver. Only the types come
// from the headers.
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::opencl {

// Everything that OpenCL 1.2 has and this backend calls.
#define TANDEM_CL_FUNCTIONS(X) \
  X(clGetPlatformIDs)          \
  X(clGetPlatformInfo)         \
  X(clGetDeviceIDs)            \
  X(clGetDeviceInfo)           \
  X(clCreateContext)           \
  X(clReleaseContext)          \
  X(clCreateCommandQueue)      \
  X(clReleaseCommandQueue)     \
  X(clCreateBuffer)            \
  X(clReleaseMemObject)        \
  X(clCreateProgramWithSource) \
  X(clCreateProgramWithBinary) \
  X(clBuildProgram)            \
  X(clGetProgramInfo)          \
  X(clGetProgramBuildInfo)     \
  X(clReleaseProgram)          \
  X(clCreateKernel)            \
  X(clReleaseKernel)           \
  X(clSetKernelArg)            \
  X(clEnqueueNDRangeKernel)    \
  X(clEnqueueReadBuffer)       \
  X(clEnqueueWriteBuffer)      \
  X(clEnqueueMapBuffer)        \
  X(clEnqueueUnmapMemObject)   \
  X(clSetEventCallback)        \
  X(clGetEventInfo)            \
  X(clGetEventProfilingInfo)   \
  X(clWaitForEvents)           \
  X(clRetainEvent)             \
  X(clReleaseEvent)            \
  X(clFlush)                   \
  X(clFinish)

// A plain table, so that a test can replace an entry in a copy.
struct Api {
#define TANDEM_CL_MEMBER(name) decltype(&::name) name = nullptr;
  TANDEM_CL_FUNCTIONS(TANDEM_CL_MEMBER)
#undef TANDEM_CL_MEMBER
  std::string path;  // Of the library.
};

// `path`: the library to load; empty: the environment's TANDEM_OPENCL_LIBRARY, else the places where phones
// and desktops keep it. A library that was loaded stays: drivers have threads of their own. Errors:
// processor-missing where there is none or this build cannot load libraries; processor-failed where it lacks
// a function.
[[nodiscard]] Result<Api> load_api(const std::string& path);

// "CL_OUT_OF_RESOURCES (-5)".
[[nodiscard]] std::string error_name(cl_int code);

// processor-failed with this sentence; the context names the call and OpenCL's error.
[[nodiscard]] Error failed(std::string sentence, std::string_view call, cl_int code);

}  // namespace tandem::opencl
