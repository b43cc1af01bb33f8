#include "backends/qnn/status.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tandem::qnn {
namespace {

struct Entry {
  abi::Status status;
  StatusWords words;
};

constexpr Entry kEntries[] = {
    {abi::kNotSupported, {"QNN_COMMON_ERROR_NOT_SUPPORTED", "the driver does not offer it"}},
    {abi::kMemoryAllocation, {"QNN_COMMON_ERROR_MEM_ALLOC", "there is not enough memory"}},
    {abi::kSystemError, {"QNN_COMMON_ERROR_SYSTEM", "the system refused the driver a service"}},
    {abi::kInvalidArgument, {"QNN_COMMON_ERROR_INVALID_ARGUMENT", "an argument was not accepted"}},
    {abi::kNotPermitted, {"QNN_COMMON_ERROR_OPERATION_NOT_PERMITTED", "this is not the time for this call"}},
    {abi::kPlatformNotSupported,
     {"QNN_COMMON_ERROR_PLATFORM_NOT_SUPPORTED", "the driver does not run on this device"}},
    {abi::kSystemCommunication, {"QNN_COMMON_ERROR_SYSTEM_COMMUNICATION", "the connection to the NPU broke"}},
    {abi::kIncompatibleBinaries,
     {"QNN_COMMON_ERROR_INCOMPATIBLE_BINARIES", "the QNN files are of different versions"}},
    {abi::kLoadingBinaries, {"QNN_COMMON_ERROR_LOADING_BINARIES", "a QNN file did not load"}},
    {abi::kResourceUnavailable, {"QNN_COMMON_ERROR_RESOURCE_UNAVAILABLE", "the NPU's resources are taken"}},
    {abi::kGeneral, {"QNN_COMMON_ERROR_GENERAL", "the driver failed without a reason"}},
    {abi::kOpValidationFailed,
     {"QNN_OP_PACKAGE_ERROR_VALIDATION_FAILURE", "the NPU does not run this op in this form"}},
    {abi::kBackendCannotInitialize, {"QNN_BACKEND_ERROR_CANNOT_INITIALIZE", "the driver could not start"}},
    {abi::kBackendInvalidArgument, {"QNN_BACKEND_ERROR_INVALID_ARGUMENT", "an argument was not accepted"}},
    {abi::kBackendInvalidHandle, {"QNN_BACKEND_ERROR_INVALID_HANDLE", "the driver's session is gone"}},
    {abi::kBackendInvalidConfig, {"QNN_BACKEND_ERROR_INVALID_CONFIG", "a setting was not accepted"}},
    {abi::kContextInvalidArgument, {"QNN_CONTEXT_ERROR_INVALID_ARGUMENT", "an argument was not accepted"}},
    {abi::kContextInvalidHandle, {"QNN_CONTEXT_ERROR_INVALID_HANDLE", "the context is gone"}},
    {abi::kContextNotFinalized,
     {"QNN_CONTEXT_ERROR_NOT_FINALIZED", "a graph of the context is not compiled"}},
    {abi::kContextBinaryVersion,
     {"QNN_CONTEXT_ERROR_BINARY_VERSION", "the context binary is of another version"}},
    {abi::kContextCreateFromBinary,
     {"QNN_CONTEXT_ERROR_CREATE_FROM_BINARY", "the context binary is damaged"}},
    {abi::kContextGetBinarySize, {"QNN_CONTEXT_ERROR_GET_BINARY_SIZE_FAILED", "the context cannot be saved"}},
    {abi::kContextGetBinary, {"QNN_CONTEXT_ERROR_GET_BINARY_FAILED", "the context cannot be saved"}},
    {abi::kContextInvalidConfig, {"QNN_CONTEXT_ERROR_INVALID_CONFIG", "a setting was not accepted"}},
    {abi::kGraphInvalidArgument, {"QNN_GRAPH_ERROR_INVALID_ARGUMENT", "an argument was not accepted"}},
    {abi::kGraphInvalidHandle, {"QNN_GRAPH_ERROR_INVALID_HANDLE", "the graph is gone"}},
    {abi::kGraphDoesNotExist, {"QNN_GRAPH_ERROR_GRAPH_DOES_NOT_EXIST", "there is no such graph"}},
    {abi::kGraphInvalidName, {"QNN_GRAPH_ERROR_INVALID_NAME", "a graph of this name exists"}},
    {abi::kGraphInvalidTensor, {"QNN_GRAPH_ERROR_INVALID_TENSOR", "a tensor does not fit the graph"}},
    {abi::kGraphInvalidOp, {"QNN_GRAPH_ERROR_INVALID_OP_CONFIG", "the NPU does not take this op"}},
    {abi::kGraphSetProfile, {"QNN_GRAPH_ERROR_SET_PROFILE", "the profiling handle was not accepted"}},
    {abi::kGraphUnconnectedNode,
     {"QNN_GRAPH_ERROR_UNCONNECTED_NODE", "an op names a tensor that is not there"}},
    {abi::kGraphCreateFailed, {"QNN_GRAPH_ERROR_CREATE_FAILED", "the graph could not be made"}},
    {abi::kGraphOptimizationFailed,
     {"QNN_GRAPH_ERROR_OPTIMIZATION_FAILED", "the NPU's compiler found no way to run it"}},
    {abi::kGraphFinalizeFailed, {"QNN_GRAPH_ERROR_FINALIZE_FAILED", "the NPU's compiler refused it"}},
    {abi::kGraphNotFinalized, {"QNN_GRAPH_ERROR_GRAPH_NOT_FINALIZED", "the graph is not compiled"}},
    {abi::kGraphFinalized, {"QNN_GRAPH_ERROR_GRAPH_FINALIZED", "the graph is compiled already"}},
    {abi::kGraphQueueFull, {"QNN_GRAPH_ERROR_EXECUTION_ASYNC_FIFO_FULL", "the NPU's queue is full"}},
    {abi::kGraphAborted, {"QNN_GRAPH_ERROR_ABORTED", "the execution was aborted"}},
    {abi::kGraphTimedOut, {"QNN_GRAPH_ERROR_TIMED_OUT", "the execution took too long"}},
    {abi::kTensorInvalidHandle, {"QNN_TENSOR_ERROR_INVALID_HANDLE", "the graph of the tensor is gone"}},
    {abi::kTensorDoesNotExist, {"QNN_TENSOR_ERROR_DOES_NOT_EXIST", "there is no such tensor"}},
    {abi::kTensorInvalidParam,
     {"QNN_TENSOR_ERROR_INVALID_TENSOR_PARAM", "a tensor's description was not accepted"}},
    {abi::kTensorUnsupportedParam,
     {"QNN_TENSOR_ERROR_UNSUPPORTED_TENSOR_PARAM", "the NPU does not take tensors of this form"}},
    {abi::kMemoryInvalidArgument, {"QNN_MEM_ERROR_INVALID_ARGUMENT", "an argument was not accepted"}},
    {abi::kMemoryInvalidHandle, {"QNN_MEM_ERROR_INVALID_HANDLE", "the memory is not registered"}},
    {abi::kMemoryAlreadyRegistered, {"QNN_MEM_ERROR_ALREADY_REGISTERED", "the memory is registered already"}},
    {abi::kMemoryMapping, {"QNN_MEM_ERROR_MAPPING", "the NPU could not map the memory"}},
    {abi::kMemoryInvalidShape, {"QNN_MEM_ERROR_INVALID_SHAPE", "the memory's shape was not accepted"}},
    {abi::kMemoryUnsupportedType,
     {"QNN_MEM_ERROR_UNSUPPORTED_MEMTYPE", "the NPU does not take memory of this kind"}},
    {abi::kLogInvalidHandle, {"QNN_LOG_ERROR_INVALID_HANDLE", "the log is gone"}},
    {abi::kProfileInvalidHandle, {"QNN_PROFILE_ERROR_INVALID_HANDLE", "the profiling handle is gone"}},
    {abi::kProfileInUse, {"QNN_PROFILE_ERROR_HANDLE_IN_USE", "the profiling handle is in use"}},
    {abi::kDeviceInvalidHandle, {"QNN_DEVICE_ERROR_INVALID_HANDLE", "the device is gone"}},
    {abi::kDeviceInvalidConfig,
     {"QNN_DEVICE_ERROR_INVALID_CONFIG", "the QNN files do not belong to this chip"}},
    {abi::kDeviceUnavailable, {"QNN_DEVICE_ERROR_HARDWARE_UNAVAILABLE", "the NPU is not available"}},
    {abi::kDeviceInUse, {"QNN_DEVICE_ERROR_ASSOCIATED_TO_CONTEXT", "the device is in use"}},
};

}  // namespace

StatusWords status_words(abi::Status status) {
  const auto found = std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& entry) {
    return abi::status_code(entry.status) == abi::status_code(status);
  });
  if (found != std::end(kEntries)) return found->words;
  return {"unknown", "the driver failed with a code that Tandem does not know"};
}

ErrorCode status_error_code(abi::Status status) {
  switch (abi::status_code(status)) {
    case abi::kMemoryAllocation:
    case abi::kResourceUnavailable:
      return ErrorCode::kOutOfMemory;
    case abi::kNotSupported:
    case abi::kOpValidationFailed:
    case abi::kGraphInvalidTensor:
    case abi::kGraphInvalidOp:
    case abi::kGraphCreateFailed:
    case abi::kGraphOptimizationFailed:
    case abi::kGraphFinalizeFailed:
    case abi::kTensorInvalidParam:
    case abi::kTensorUnsupportedParam:
      return ErrorCode::kUnsupported;
    default:
      return ErrorCode::kProcessorFailed;
  }
}

Error status_error(std::string_view what, abi::Status status, std::string_view advice,
                   std::map<std::string, std::string> context, ErrorCode code) {
  const StatusWords words = status_words(status);
  context["status"] = std::to_string(abi::status_code(status));
  context["status_name"] = words.name;
  return Error{code,
               std::string(what) + " because " + std::string(words.reason) + ": " + std::string(advice) + ".",
               std::move(context)};
}

}  // namespace tandem::qnn
