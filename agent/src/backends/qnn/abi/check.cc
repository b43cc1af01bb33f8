// Compiled only where QNN_SDK_ROOT names an SDK: our declarations against the vendor's.
#include <HTP/QnnHtpDevice.h>
#include <HTP/QnnHtpGraph.h>
#include <HTP/QnnHtpMem.h>
#include <HTP/QnnHtpPerfInfrastructure.h>
#include <HTP/QnnHtpProfile.h>
#include <QnnInterface.h>

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
static_assert(sizeof(HtpGraphConfig) >= sizeof(QnnHtpGraph_CustomConfig_t));

SAME_PLACE(TensorV1, quantization, Qnn_TensorV1_t, quantizeParams);
SAME_PLACE(TensorV1, dimensions, Qnn_TensorV1_t, dimensions);
SAME_PLACE(TensorV1, memory_type, Qnn_TensorV1_t, memType);
SAME_PLACE(TensorV1, client, Qnn_TensorV1_t, clientBuf);
SAME_PLACE(Provider, functions, QnnInterface_t, QNN_INTERFACE_VER_NAME);

SAME_FUNCTION(backend_create, backendCreate);
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
SAME_VALUE(kHtpFloat16, QNN_PRECISION_FLOAT16);
SAME_VALUE(kHtpSharedBuffer, QNN_HTP_MEM_SHARED_BUFFER);
SAME_VALUE(kHtpPowerClocks, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_DCVS_V3);
SAME_VALUE(kHtpPowerRpcLatency, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_RPC_CONTROL_LATENCY);
SAME_VALUE(kHtpPowerRpcPolling, QNN_HTP_PERF_INFRASTRUCTURE_POWER_CONFIGOPTION_RPC_POLLING_TIME);
SAME_VALUE(kHtpVoltageMax, DCVS_VOLTAGE_VCORNER_MAX_VOLTAGE_CORNER);
SAME_VALUE(kMemoryAllocation, QNN_COMMON_ERROR_MEM_ALLOC);
SAME_VALUE(kContextCreateFromBinary, QNN_CONTEXT_ERROR_CREATE_FROM_BINARY);
SAME_VALUE(kGraphInvalidTensor, QNN_GRAPH_ERROR_INVALID_TENSOR);
SAME_VALUE(kGraphFinalizeFailed, QNN_GRAPH_ERROR_FINALIZE_FAILED);
SAME_VALUE(kGraphNotFinalized, QNN_GRAPH_ERROR_GRAPH_NOT_FINALIZED);
SAME_VALUE(kTensorInvalidParam, QNN_TENSOR_ERROR_INVALID_TENSOR_PARAM);
SAME_VALUE(kMemoryMapping, QNN_MEM_ERROR_MAPPING);
SAME_VALUE(kDeviceInvalidConfig, QNN_DEVICE_ERROR_INVALID_CONFIG);

}  // namespace
}  // namespace tandem::qnn::abi
