// Compiled only where QNN_SDK_ROOT names an SDK: our declarations against the vendor's.
#include <HTP/QnnHtpCommon.h>
#include <HTP/QnnHtpDevice.h>
#include <HTP/QnnHtpGraph.h>
#include <HTP/QnnHtpMem.h>
#include <HTP/QnnHtpPerfInfrastructure.h>
#include <HTP/QnnHtpProfile.h>
#include <QnnInterface.h>
#include <QnnOpDef.h>

#include <string_view>

#include "backends/qnn/abi/htp.h"
#include "backends/qnn/abi/status.h"

namespace tandem::qnn::abi {
namespace {

#define SAME_SIZE(ours, theirs) static_assert(sizeof(ours) == sizeof(theirs))
#define SAME_PLACE(ours, our_field, theirs, their_field) \
  static_assert(offsetof(ours, our_field) == offsetof(theirs, their_field))
#define SAME_FUNCTION(ours, theirs) SAME_PLACE(Functions, ours, QNN_INTERFACE_VER_TYPE, theirs)
#define SAME_VALUE(ours, theirs) static_assert(static_cast<uint64_t>(ours) == static_cast<uint64_t>(theirs))

static_assert(QNN_API_VERSION_MAJOR == kApiMajor && QNN_API_VERSION_MINOR >= kApiMinor);

SAME_SIZE(Quantization, Qnn_QuantizeParams_t);
SAME_SIZE(ClientBuffer, Qnn_ClientBuffer_t);
SAME_SIZE(TensorV1, Qnn_TensorV1_t);
SAME_SIZE(TensorV2, Qnn_TensorV2_t);
SAME_SIZE(Tensor, Qnn_Tensor_t);
SAME_SIZE(Param, Qnn_Param_t);
SAME_SIZE(Op, Qnn_OpConfig_t);
SAME_SIZE(MemoryDescriptor, Qnn_MemDescriptor_t);
SAME_SIZE(EventData, QnnProfile_EventData_t);
SAME_SIZE(GraphConfig, QnnGraph_Config_t);
SAME_SIZE(HtpMemory, QnnMemHtp_Descriptor_t);
SAME_SIZE(HtpClocks, QnnHtpPerfInfrastructure_DcvsV3_t);
SAME_SIZE(HtpPowerConfig, QnnHtpPerfInfrastructure_PowerConfig_t);
SAME_SIZE(HtpInfrastructure, QnnHtpDevice_Infrastructure_t);
SAME_SIZE(Scalar, Qnn_Scalar_t);
SAME_SIZE(ApiVersion, Qnn_ApiVersion_t);
// Later versions may append members.
static_assert(sizeof(Functions) <= sizeof(QNN_INTERFACE_VER_TYPE));
static_assert(sizeof(HtpGraphConfig) >= sizeof(QnnHtpGraph_CustomConfig_t));

SAME_PLACE(Quantization, encoding, Qnn_QuantizeParams_t, quantizationEncoding);
SAME_PLACE(Quantization, axis, Qnn_QuantizeParams_t, axisScaleOffsetEncoding);
SAME_PLACE(AxisScaleOffset, scales, Qnn_AxisScaleOffset_t, scaleOffset);
SAME_PLACE(WidthAxisScaleOffset, scales, Qnn_BwAxisScaleOffset_t, scales);
SAME_PLACE(WidthAxisScaleOffset, offsets, Qnn_BwAxisScaleOffset_t, offsets);
SAME_PLACE(ClientBuffer, bytes, Qnn_ClientBuffer_t, dataSize);
SAME_PLACE(TensorV1, name, Qnn_TensorV1_t, name);
SAME_PLACE(TensorV1, type, Qnn_TensorV1_t, type);
SAME_PLACE(TensorV1, format, Qnn_TensorV1_t, dataFormat);
SAME_PLACE(TensorV1, data_type, Qnn_TensorV1_t, dataType);
SAME_PLACE(TensorV1, quantization, Qnn_TensorV1_t, quantizeParams);
SAME_PLACE(TensorV1, rank, Qnn_TensorV1_t, rank);
SAME_PLACE(TensorV1, dimensions, Qnn_TensorV1_t, dimensions);
SAME_PLACE(TensorV1, memory_type, Qnn_TensorV1_t, memType);
SAME_PLACE(TensorV1, client, Qnn_TensorV1_t, clientBuf);
SAME_PLACE(TensorV1, handle, Qnn_TensorV1_t, memHandle);
SAME_PLACE(TensorV2, dynamic_dimensions, Qnn_TensorV2_t, isDynamicDimensions);
SAME_PLACE(TensorV2, sparse, Qnn_TensorV2_t, sparseParams);
SAME_PLACE(TensorV2, produced, Qnn_TensorV2_t, isProduced);
SAME_PLACE(Tensor, v1, Qnn_Tensor_t, v1);
SAME_PLACE(Tensor, v2, Qnn_Tensor_t, v2);
SAME_PLACE(Scalar, bool8_value, Qnn_Scalar_t, bool8Value);
SAME_PLACE(Param, name, Qnn_Param_t, name);
SAME_PLACE(Param, scalar, Qnn_Param_t, scalarParam);
SAME_PLACE(Param, tensor, Qnn_Param_t, tensorParam);
SAME_PLACE(Op, v1.name, Qnn_OpConfig_t, v1.name);
SAME_PLACE(Op, v1.package, Qnn_OpConfig_t, v1.packageName);
SAME_PLACE(Op, v1.type, Qnn_OpConfig_t, v1.typeName);
SAME_PLACE(Op, v1.params, Qnn_OpConfig_t, v1.params);
SAME_PLACE(Op, v1.inputs, Qnn_OpConfig_t, v1.inputTensors);
SAME_PLACE(Op, v1.outputs, Qnn_OpConfig_t, v1.outputTensors);
SAME_PLACE(MemoryDescriptor, shape.dimensions, Qnn_MemDescriptor_t, memShape.dimSize);
SAME_PLACE(MemoryDescriptor, data_type, Qnn_MemDescriptor_t, dataType);
SAME_PLACE(MemoryDescriptor, type, Qnn_MemDescriptor_t, memType);
SAME_PLACE(MemoryDescriptor, ion_fd, Qnn_MemDescriptor_t, ionInfo.fd);
SAME_PLACE(MemoryDescriptor, custom, Qnn_MemDescriptor_t, customInfo);
SAME_PLACE(EventData, unit, QnnProfile_EventData_t, unit);
SAME_PLACE(EventData, value, QnnProfile_EventData_t, value);
SAME_PLACE(GraphConfig, custom, QnnGraph_Config_t, customConfig);
SAME_PLACE(HtpGraphConfig, value, QnnHtpGraph_CustomConfig_t, precision);
SAME_PLACE(HtpMemory, bytes, QnnMemHtp_Descriptor_t, size);
SAME_PLACE(HtpMemory, fd, QnnMemHtp_Descriptor_t, sharedBufferConfig.fd);
SAME_PLACE(HtpMemory, offset, QnnMemHtp_Descriptor_t, sharedBufferConfig.offset);
SAME_PLACE(HtpClocks, power_mode, QnnHtpPerfInfrastructure_DcvsV3_t, powerMode);
SAME_PLACE(HtpClocks, sleep_latency_us, QnnHtpPerfInfrastructure_DcvsV3_t, sleepLatency);
SAME_PLACE(HtpClocks, sleep_disable, QnnHtpPerfInfrastructure_DcvsV3_t, sleepDisable);
SAME_PLACE(HtpClocks, bus_min, QnnHtpPerfInfrastructure_DcvsV3_t, busVoltageCornerMin);
SAME_PLACE(HtpClocks, core_max, QnnHtpPerfInfrastructure_DcvsV3_t, coreVoltageCornerMax);
SAME_PLACE(HtpPowerConfig, clocks, QnnHtpPerfInfrastructure_PowerConfig_t, dcvsV3Config);
SAME_PLACE(HtpPowerConfig, rpc_latency_us, QnnHtpPerfInfrastructure_PowerConfig_t, rpcControlLatencyConfig);
SAME_PLACE(HtpInfrastructure, create_power_config, QnnHtpDevice_Infrastructure_t,
           perfInfra.createPowerConfigId);
SAME_PLACE(HtpInfrastructure, set_power_config, QnnHtpDevice_Infrastructure_t, perfInfra.setPowerConfig);
SAME_PLACE(Provider, backend_id, QnnInterface_t, backendId);
SAME_PLACE(Provider, name, QnnInterface_t, providerName);
SAME_PLACE(Provider, version, QnnInterface_t, apiVersion);
SAME_PLACE(Provider, functions, QnnInterface_t, QNN_INTERFACE_VER_NAME);

SAME_FUNCTION(has_capability, propertyHasCapability);
SAME_FUNCTION(backend_create, backendCreate);
SAME_FUNCTION(backend_get_api_version, backendGetApiVersion);
SAME_FUNCTION(backend_get_build_id, backendGetBuildId);
SAME_FUNCTION(backend_validate_op, backendValidateOpConfig);
SAME_FUNCTION(backend_free, backendFree);
SAME_FUNCTION(context_create, contextCreate);
SAME_FUNCTION(context_get_binary_size, contextGetBinarySize);
SAME_FUNCTION(context_get_binary, contextGetBinary);
SAME_FUNCTION(context_create_from_binary, contextCreateFromBinary);
SAME_FUNCTION(context_free, contextFree);
SAME_FUNCTION(graph_create, graphCreate);
SAME_FUNCTION(graph_add_node, graphAddNode);
SAME_FUNCTION(graph_finalize, graphFinalize);
SAME_FUNCTION(graph_retrieve, graphRetrieve);
SAME_FUNCTION(graph_execute, graphExecute);
SAME_FUNCTION(graph_execute_async, graphExecuteAsync);
SAME_FUNCTION(tensor_create_graph_tensor, tensorCreateGraphTensor);
SAME_FUNCTION(log_create, logCreate);
SAME_FUNCTION(log_free, logFree);
SAME_FUNCTION(profile_create, profileCreate);
SAME_FUNCTION(profile_get_events, profileGetEvents);
SAME_FUNCTION(profile_get_sub_events, profileGetSubEvents);
SAME_FUNCTION(profile_get_event_data, profileGetEventData);
SAME_FUNCTION(profile_free, profileFree);
SAME_FUNCTION(mem_register, memRegister);
SAME_FUNCTION(mem_deregister, memDeRegister);
SAME_FUNCTION(device_get_infrastructure, deviceGetInfrastructure);
SAME_FUNCTION(device_create, deviceCreate);
SAME_FUNCTION(device_free, deviceFree);
SAME_FUNCTION(error_get_message, errorGetMessage);

SAME_VALUE(TensorType::kAppWrite, QNN_TENSOR_TYPE_APP_WRITE);
SAME_VALUE(TensorType::kAppRead, QNN_TENSOR_TYPE_APP_READ);
SAME_VALUE(TensorType::kNative, QNN_TENSOR_TYPE_NATIVE);
SAME_VALUE(TensorType::kStatic, QNN_TENSOR_TYPE_STATIC);
SAME_VALUE(TensorType::kNull, QNN_TENSOR_TYPE_NULL);
SAME_VALUE(kBackendHtp, QNN_BACKEND_ID_HTP);
SAME_VALUE(kTensorVersion1, QNN_TENSOR_VERSION_1);
SAME_VALUE(kTensorVersion2, QNN_TENSOR_VERSION_2);
SAME_VALUE(kOpVersion1, QNN_OPCONFIG_VERSION_1);
SAME_VALUE(kDenseFormat, QNN_TENSOR_DATA_FORMAT_DENSE);
SAME_VALUE(ParamType::kTensor, QNN_PARAMTYPE_TENSOR);
SAME_VALUE(Definition::kDefined, QNN_DEFINITION_DEFINED);
SAME_VALUE(DataType::kSignedFixed4, QNN_DATATYPE_SFIXED_POINT_4);
SAME_VALUE(DataType::kUint32, QNN_DATATYPE_UINT_32);
SAME_VALUE(DataType::kFloat16, QNN_DATATYPE_FLOAT_16);
SAME_VALUE(DataType::kFloat32, QNN_DATATYPE_FLOAT_32);
SAME_VALUE(DataType::kSignedFixed8, QNN_DATATYPE_SFIXED_POINT_8);
SAME_VALUE(DataType::kBool8, QNN_DATATYPE_BOOL_8);
SAME_VALUE(MemoryType::kHandle, QNN_TENSORMEMTYPE_MEMHANDLE);
SAME_VALUE(Encoding::kAxisScaleOffset, QNN_QUANTIZATION_ENCODING_AXIS_SCALE_OFFSET);
SAME_VALUE(Encoding::kWidthAxisScaleOffset, QNN_QUANTIZATION_ENCODING_BW_AXIS_SCALE_OFFSET);
SAME_VALUE(RegisteredMemory::kIon, QNN_MEM_TYPE_ION);
SAME_VALUE(RegisteredMemory::kCustom, QNN_MEM_TYPE_CUSTOM);
SAME_VALUE(LogLevel::kWarning, QNN_LOG_LEVEL_WARN);
SAME_VALUE(kProfileBasic, QNN_PROFILE_LEVEL_BASIC);
SAME_VALUE(kEventExecute, QNN_PROFILE_EVENTTYPE_EXECUTE);
SAME_VALUE(kUnitMicroseconds, QNN_PROFILE_EVENTUNIT_MICROSEC);
SAME_VALUE(kEventHtpAccelTime, QNN_HTP_PROFILE_EVENTTYPE_GRAPH_EXECUTE_ACCEL_TIME_MICROSEC);
SAME_VALUE(kGraphOptionCustom, QNN_GRAPH_CONFIG_OPTION_CUSTOM);
SAME_VALUE(kHtpGraphPrecision, QNN_HTP_GRAPH_CONFIG_OPTION_PRECISION);
SAME_VALUE(kHtpPerformanceMode, QNN_HTP_PERF_INFRASTRUCTURE_POWERMODE_PERFORMANCE_MODE);
SAME_VALUE(kHtpFloat16, QNN_PRECISION_FLOAT16);
SAME_VALUE(kHtpSharedBuffer, QNN_HTP_MEM_SHARED_BUFFER);
SAME_VALUE(kHtpPowerClocks, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_DCVS_V3);
SAME_VALUE(kHtpPowerRpcLatency, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_RPC_CONTROL_LATENCY);
SAME_VALUE(kHtpPowerRpcPolling, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_RPC_POLLING_TIME);
SAME_VALUE(kHtpVoltageMax, DCVS_VOLTAGE_VCORNER_MAX_VOLTAGE_CORNER);
SAME_VALUE(kNotSupported, QNN_COMMON_ERROR_NOT_SUPPORTED);
SAME_VALUE(kMemoryAllocation, QNN_COMMON_ERROR_MEM_ALLOC);
SAME_VALUE(kSystemError, QNN_COMMON_ERROR_SYSTEM);
SAME_VALUE(kInvalidArgument, QNN_COMMON_ERROR_INVALID_ARGUMENT);
SAME_VALUE(kNotPermitted, QNN_COMMON_ERROR_OPERATION_NOT_PERMITTED);
SAME_VALUE(kPlatformNotSupported, QNN_COMMON_ERROR_PLATFORM_NOT_SUPPORTED);
SAME_VALUE(kSystemCommunication, QNN_COMMON_ERROR_SYSTEM_COMMUNICATION);
SAME_VALUE(kIncompatibleBinaries, QNN_COMMON_ERROR_INCOMPATIBLE_BINARIES);
SAME_VALUE(kLoadingBinaries, QNN_COMMON_ERROR_LOADING_BINARIES);
SAME_VALUE(kResourceUnavailable, QNN_COMMON_ERROR_RESOURCE_UNAVAILABLE);
SAME_VALUE(kGeneral, QNN_COMMON_ERROR_GENERAL);
SAME_VALUE(kOpValidationFailed, QNN_OP_PACKAGE_ERROR_VALIDATION_FAILURE);
SAME_VALUE(kBackendCannotInitialize, QNN_BACKEND_ERROR_CANNOT_INITIALIZE);
SAME_VALUE(kBackendInvalidArgument, QNN_BACKEND_ERROR_INVALID_ARGUMENT);
SAME_VALUE(kBackendInvalidHandle, QNN_BACKEND_ERROR_INVALID_HANDLE);
SAME_VALUE(kBackendInvalidConfig, QNN_BACKEND_ERROR_INVALID_CONFIG);
SAME_VALUE(kContextInvalidArgument, QNN_CONTEXT_ERROR_INVALID_ARGUMENT);
SAME_VALUE(kContextInvalidHandle, QNN_CONTEXT_ERROR_INVALID_HANDLE);
SAME_VALUE(kContextNotFinalized, QNN_CONTEXT_ERROR_NOT_FINALIZED);
SAME_VALUE(kContextBinaryVersion, QNN_CONTEXT_ERROR_BINARY_VERSION);
SAME_VALUE(kContextCreateFromBinary, QNN_CONTEXT_ERROR_CREATE_FROM_BINARY);
SAME_VALUE(kContextGetBinarySize, QNN_CONTEXT_ERROR_GET_BINARY_SIZE_FAILED);
SAME_VALUE(kContextGetBinary, QNN_CONTEXT_ERROR_GET_BINARY_FAILED);
SAME_VALUE(kContextInvalidConfig, QNN_CONTEXT_ERROR_INVALID_CONFIG);
SAME_VALUE(kGraphInvalidArgument, QNN_GRAPH_ERROR_INVALID_ARGUMENT);
SAME_VALUE(kGraphInvalidHandle, QNN_GRAPH_ERROR_INVALID_HANDLE);
SAME_VALUE(kGraphDoesNotExist, QNN_GRAPH_ERROR_GRAPH_DOES_NOT_EXIST);
SAME_VALUE(kGraphInvalidName, QNN_GRAPH_ERROR_INVALID_NAME);
SAME_VALUE(kGraphInvalidTensor, QNN_GRAPH_ERROR_INVALID_TENSOR);
SAME_VALUE(kGraphInvalidOp, QNN_GRAPH_ERROR_INVALID_OP_CONFIG);
SAME_VALUE(kGraphSetProfile, QNN_GRAPH_ERROR_SET_PROFILE);
SAME_VALUE(kGraphUnconnectedNode, QNN_GRAPH_ERROR_UNCONNECTED_NODE);
SAME_VALUE(kGraphCreateFailed, QNN_GRAPH_ERROR_CREATE_FAILED);
SAME_VALUE(kGraphOptimizationFailed, QNN_GRAPH_ERROR_OPTIMIZATION_FAILED);
SAME_VALUE(kGraphFinalizeFailed, QNN_GRAPH_ERROR_FINALIZE_FAILED);
SAME_VALUE(kGraphNotFinalized, QNN_GRAPH_ERROR_GRAPH_NOT_FINALIZED);
SAME_VALUE(kGraphFinalized, QNN_GRAPH_ERROR_GRAPH_FINALIZED);
SAME_VALUE(kGraphQueueFull, QNN_GRAPH_ERROR_EXECUTION_ASYNC_FIFO_FULL);
SAME_VALUE(kGraphAborted, QNN_GRAPH_ERROR_ABORTED);
SAME_VALUE(kGraphTimedOut, QNN_GRAPH_ERROR_TIMED_OUT);
SAME_VALUE(kTensorInvalidHandle, QNN_TENSOR_ERROR_INVALID_HANDLE);
SAME_VALUE(kTensorDoesNotExist, QNN_TENSOR_ERROR_DOES_NOT_EXIST);
SAME_VALUE(kTensorInvalidParam, QNN_TENSOR_ERROR_INVALID_TENSOR_PARAM);
SAME_VALUE(kTensorUnsupportedParam, QNN_TENSOR_ERROR_UNSUPPORTED_TENSOR_PARAM);
SAME_VALUE(kMemoryInvalidArgument, QNN_MEM_ERROR_INVALID_ARGUMENT);
SAME_VALUE(kMemoryInvalidHandle, QNN_MEM_ERROR_INVALID_HANDLE);
SAME_VALUE(kMemoryAlreadyRegistered, QNN_MEM_ERROR_ALREADY_REGISTERED);
SAME_VALUE(kMemoryMapping, QNN_MEM_ERROR_MAPPING);
SAME_VALUE(kMemoryInvalidShape, QNN_MEM_ERROR_INVALID_SHAPE);
SAME_VALUE(kMemoryUnsupportedType, QNN_MEM_ERROR_UNSUPPORTED_MEMTYPE);
SAME_VALUE(kLogInvalidHandle, QNN_LOG_ERROR_INVALID_HANDLE);
SAME_VALUE(kProfileInvalidHandle, QNN_PROFILE_ERROR_INVALID_HANDLE);
SAME_VALUE(kProfileInUse, QNN_PROFILE_ERROR_HANDLE_IN_USE);
SAME_VALUE(kDeviceInvalidHandle, QNN_DEVICE_ERROR_INVALID_HANDLE);
SAME_VALUE(kDeviceInvalidConfig, QNN_DEVICE_ERROR_INVALID_CONFIG);
SAME_VALUE(kDeviceUnavailable, QNN_DEVICE_ERROR_HARDWARE_UNAVAILABLE);
SAME_VALUE(kDeviceInUse, QNN_DEVICE_ERROR_ASSOCIATED_TO_CONTEXT);

static_assert(std::string_view(kOpPackage) == QNN_OP_PACKAGE_NAME_QTI_AISW);
static_assert(std::string_view(kFullyConnected) == QNN_OP_FULLY_CONNECTED);
static_assert(std::string_view(kMatMul) == QNN_OP_MAT_MUL);
static_assert(std::string_view(kCast) == QNN_OP_CAST);
static_assert(std::string_view(kTransposeSecond) == QNN_OP_MAT_MUL_PARAM_TRANSPOSE_IN1);

}  // namespace
}  // namespace tandem::qnn::abi
