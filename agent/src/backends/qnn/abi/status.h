// Codes of the QNN C interface's errors.
#pragma once

#include "backends/qnn/abi/values.h"

namespace tandem::qnn::abi {

inline constexpr Status kSuccess = 0;
[[nodiscard]] constexpr uint32_t status_code(Status status) { return static_cast<uint32_t>(status & 0xffff); }

// Any function
inline constexpr Status kNotSupported = 1000;
inline constexpr Status kMemoryAllocation = 1002;
inline constexpr Status kSystemError = 1003;
inline constexpr Status kInvalidArgument = 1004;
inline constexpr Status kNotPermitted = 1005;
inline constexpr Status kPlatformNotSupported = 1006;
inline constexpr Status kSystemCommunication = 1007;
inline constexpr Status kIncompatibleBinaries = 1008;
inline constexpr Status kLoadingBinaries = 1009;
inline constexpr Status kResourceUnavailable = 1010;
inline constexpr Status kGeneral = 1100;
// Op packages, as backendValidateOpConfig gives it
inline constexpr Status kOpValidationFailed = 3110;
// Backend
inline constexpr Status kBackendCannotInitialize = 4000;
inline constexpr Status kBackendInvalidArgument = 4004;
inline constexpr Status kBackendInvalidHandle = 4011;
inline constexpr Status kBackendInvalidConfig = 4012;
// Context
inline constexpr Status kContextInvalidArgument = 5000;
inline constexpr Status kContextInvalidHandle = 5002;
inline constexpr Status kContextNotFinalized = 5003;
inline constexpr Status kContextBinaryVersion = 5004;
inline constexpr Status kContextCreateFromBinary = 5005;
inline constexpr Status kContextGetBinarySize = 5006;
inline constexpr Status kContextGetBinary = 5007;
inline constexpr Status kContextInvalidConfig = 5010;
// Graph
inline constexpr Status kGraphInvalidArgument = 6000;
inline constexpr Status kGraphInvalidHandle = 6001;
inline constexpr Status kGraphDoesNotExist = 6002;
inline constexpr Status kGraphInvalidName = 6003;
inline constexpr Status kGraphInvalidTensor = 6004;
inline constexpr Status kGraphInvalidOp = 6005;
inline constexpr Status kGraphSetProfile = 6006;
inline constexpr Status kGraphUnconnectedNode = 6007;
inline constexpr Status kGraphCreateFailed = 6020;
inline constexpr Status kGraphOptimizationFailed = 6021;
inline constexpr Status kGraphFinalizeFailed = 6022;
inline constexpr Status kGraphNotFinalized = 6023;
inline constexpr Status kGraphFinalized = 6024;
inline constexpr Status kGraphQueueFull = 6025;
inline constexpr Status kGraphAborted = 6031;
inline constexpr Status kGraphTimedOut = 6033;
// Tensor
inline constexpr Status kTensorInvalidHandle = 7001;
inline constexpr Status kTensorDoesNotExist = 7002;
inline constexpr Status kTensorInvalidParam = 7004;
inline constexpr Status kTensorUnsupportedParam = 7005;
// Memory
inline constexpr Status kMemoryInvalidArgument = 8000;
inline constexpr Status kMemoryInvalidHandle = 8001;
inline constexpr Status kMemoryAlreadyRegistered = 8002;
inline constexpr Status kMemoryMapping = 8003;
inline constexpr Status kMemoryInvalidShape = 8004;
inline constexpr Status kMemoryUnsupportedType = 8005;
// Log and profile
inline constexpr Status kLogInvalidHandle = 11004;
inline constexpr Status kProfileInvalidHandle = 12000;
inline constexpr Status kProfileInUse = 12001;
// Device
inline constexpr Status kDeviceInvalidHandle = 14000;
inline constexpr Status kDeviceInvalidConfig = 14001;
inline constexpr Status kDeviceUnavailable = 14002;
inline constexpr Status kDeviceInUse = 14003;

}  // namespace tandem::qnn::abi
