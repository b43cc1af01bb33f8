// Every wrong call order, handle and shape is refused with the code that the interface has for it.
#include <gtest/gtest.h>

#include "testing.h"

namespace tandem::npu {
namespace {

using testing::ReferenceNpu;
using testing::TestMatmul;
using testing::TestTensor;
using namespace qnn::abi;  // NOLINT: the tests speak that interface.

void* const kWrong = reinterpret_cast<void*>(0x10);

TEST_F(ReferenceNpu, RunsOneMatmul) {
  TestMatmul matmul(33, 100, 77);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  ASSERT_EQ(matmul.execute(npu), kSuccess);
  EXPECT_LE(matmul.error(), 5e-4);
}

TEST_F(ReferenceNpu, RefusesHandlesThatItNeverGave) {
  void* any = nullptr;
  TestMatmul matmul(2, 4, 3);
  EXPECT_EQ(npu.context_create(kWrong, device, nullptr, &any), kBackendInvalidHandle);
  EXPECT_EQ(npu.context_create(backend, kWrong, nullptr, &any), kDeviceInvalidHandle);
  EXPECT_EQ(npu.context_create(backend, context, nullptr, &any), kDeviceInvalidHandle) << "of another kind";
  EXPECT_EQ(npu.context_free(kWrong, nullptr), kContextInvalidHandle);
  EXPECT_EQ(npu.graph_create(kWrong, "g", nullptr, &any), kContextInvalidHandle);
  EXPECT_EQ(npu.graph_retrieve(context, "g", &any), kGraphDoesNotExist);
  EXPECT_EQ(npu.tensor_create_graph_tensor(kWrong, &matmul.in.tensor), kTensorInvalidHandle);
  EXPECT_EQ(npu.graph_add_node(kWrong, matmul.op()), kGraphInvalidHandle);
  EXPECT_EQ(npu.graph_finalize(kWrong, nullptr, nullptr), kGraphInvalidHandle);
  EXPECT_EQ(npu.graph_execute(kWrong, nullptr, 0, nullptr, 0, nullptr, nullptr), kGraphInvalidHandle);
  EXPECT_EQ(npu.profile_create(kWrong, kProfileBasic, &any), kBackendInvalidHandle);
  EXPECT_EQ(npu.profile_free(kWrong), kProfileInvalidHandle);
  EXPECT_EQ(npu.log_free(kWrong), kLogInvalidHandle);
  EXPECT_EQ(npu.device_free(kWrong), kDeviceInvalidHandle);
  EXPECT_EQ(npu.backend_free(kWrong), kBackendInvalidHandle);
  EXPECT_EQ(npu.backend_create(kWrong, nullptr, &any), kLogInvalidHandle);
}

TEST_F(ReferenceNpu, RefusesTheWrongOrder) {
  TestMatmul matmul(2, 4, 3);
  Graph empty = nullptr;
  ASSERT_EQ(npu.graph_create(context, "empty", nullptr, &empty), kSuccess);
  EXPECT_EQ(npu.graph_finalize(empty, nullptr, nullptr), kGraphFinalizeFailed);
  ASSERT_EQ(matmul.create(npu, context, "g"), kSuccess);
  EXPECT_EQ(matmul.execute(npu), kGraphNotFinalized);
  ASSERT_EQ(npu.graph_finalize(matmul.graph, nullptr, nullptr), kSuccess);
  EXPECT_EQ(npu.graph_finalize(matmul.graph, nullptr, nullptr), kGraphFinalized);
  EXPECT_EQ(npu.graph_add_node(matmul.graph, matmul.op()), kGraphFinalized);
  TestTensor late("late", TensorType::kAppWrite, DataType::kFloat32, {2, 4});
  EXPECT_EQ(npu.tensor_create_graph_tensor(matmul.graph, &late.tensor), kGraphFinalized);
  Graph same = nullptr;
  EXPECT_EQ(npu.graph_create(context, "g", nullptr, &same), kGraphInvalidName);
  EXPECT_EQ(npu.backend_free(backend), kNotPermitted);
  EXPECT_EQ(npu.device_free(device), kDeviceInUse);
  ASSERT_EQ(matmul.execute(npu), kSuccess);
  ASSERT_EQ(npu.context_free(context, nullptr), kSuccess);
  context = nullptr;
  EXPECT_EQ(matmul.execute(npu), kGraphInvalidHandle);
}

TEST_F(ReferenceNpu, RefusesTensorsThatAreNotStaticOrNotDescribed) {
  Graph graph = nullptr;
  ASSERT_EQ(npu.graph_create(context, "g", nullptr, &graph), kSuccess);
  const auto refused = [&](auto&& change) {
    TestTensor tensor("t", TensorType::kAppWrite, DataType::kFloat32, {4, 8});
    change(tensor.tensor);
    return npu.tensor_create_graph_tensor(graph, &tensor.tensor);
  };
  uint8_t dynamic[] = {1, 0};
  EXPECT_EQ(refused([&](Tensor& t) { t.version = kTensorVersion2, t.v2.dynamic_dimensions = dynamic; }),
            kTensorUnsupportedParam);
  EXPECT_EQ(refused([](Tensor& t) { t.v1.dimensions[0] = 0; }), kTensorInvalidParam);
  EXPECT_EQ(refused([](Tensor& t) { t.v1.rank = 0; }), kTensorInvalidParam);
  EXPECT_EQ(refused([](Tensor& t) { t.v1.name = nullptr; }), kTensorInvalidParam);
  EXPECT_EQ(refused([](Tensor& t) { t.version = 9; }), kTensorInvalidParam);
  EXPECT_EQ(refused([](Tensor& t) { t.v1.data_type = DataType::kFloat16; }), kTensorUnsupportedParam);
  EXPECT_EQ(refused([](Tensor& t) { t.v1.type = TensorType::kNative; }), kTensorUnsupportedParam) << "fp32";
  EXPECT_EQ(refused([](Tensor& t) { t.v1.type = TensorType::kStatic; }), kTensorInvalidParam) << "no data";
  std::vector<float> few(31);
  EXPECT_EQ(refused([&](Tensor& t) {
              t.v1.type = TensorType::kStatic;
              t.v1.client = {few.data(), 31 * 4};
            }),
            kTensorInvalidParam);
  EXPECT_EQ(refused([](Tensor&) {}), kSuccess);
}

TEST_F(ReferenceNpu, RefusesOpsThatItDoesNotRunAndShapesThatDoNotFit) {
  TestMatmul matmul(2, 4, 3);
  ASSERT_EQ(matmul.create(npu, context, "g"), kSuccess);
  EXPECT_EQ(npu.graph_add_node(matmul.graph, matmul.op("Softmax")), kGraphInvalidOp);
  EXPECT_EQ(npu.backend_validate_op(backend, matmul.op("Softmax")), kOpValidationFailed);
  EXPECT_EQ(npu.backend_validate_op(backend, matmul.op()), kSuccess);
  Op op = matmul.op();
  op.v1.package = "foreign";
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphInvalidOp);
  op = matmul.op();
  op.v1.input_count = 1;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphInvalidOp);
  op = matmul.op();
  op.v1.inputs[1].v1.id = 99;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphUnconnectedNode);
  op = matmul.op();
  op.v1.inputs[2] = op.v1.inputs[1];  // The bias is no vector of the rows.
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphInvalidTensor);
  // MatMul without transposition wants the weight as [K, N].
  EXPECT_EQ(npu.graph_add_node(matmul.graph, matmul.op(kMatMul)), kGraphInvalidTensor);
  TestTensor narrow("narrow", TensorType::kAppWrite, DataType::kFloat32, {2, 5});
  ASSERT_EQ(npu.tensor_create_graph_tensor(matmul.graph, &narrow.tensor), kSuccess);
  op = matmul.op();
  op.v1.inputs[0] = narrow.tensor;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphInvalidTensor);
}

TEST_F(ReferenceNpu, RefusesMixedTypesWhereToldToAndCastsThatLeadNowhere) {
  TestMatmul matmul(2, 4, 3);
  std::vector<uint16_t> halves(12, 0x3c00);
  TestTensor weight("w16", TensorType::kStatic, DataType::kFloat16, {3, 4});
  TestTensor in16("in16", TensorType::kNative, DataType::kFloat16, {2, 4});
  TestTensor out16("out16", TensorType::kNative, DataType::kFloat16, {2, 3});
  weight.set(halves);
  ASSERT_EQ(npu.graph_create(context, "g", nullptr, &matmul.graph), kSuccess);
  for (TestTensor* tensor : {&matmul.in, &weight, &matmul.out, &in16, &out16})
    ASSERT_EQ(npu.tensor_create_graph_tensor(matmul.graph, &tensor->tensor), kSuccess);
  const testing::Environment equal("TANDEM_NPU_MIXED", "0");
  Tensor inputs[] = {matmul.in.tensor, weight.tensor};
  Op op = matmul.op();
  op.v1.inputs = inputs;
  op.v1.input_count = 2;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphInvalidOp);
  EXPECT_EQ(npu.backend_validate_op(backend, op), kOpValidationFailed);
  inputs[0] = in16.tensor;
  op.v1.outputs = &out16.tensor;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, op), kGraphUnconnectedNode) << "nothing is cast to it yet";
  Op cast = matmul.op(kCast);
  cast.v1.input_count = 1;
  cast.v1.inputs = &matmul.in.tensor;
  cast.v1.outputs = &out16.tensor;
  EXPECT_EQ(npu.graph_add_node(matmul.graph, cast), kGraphUnconnectedNode) << "of another shape";
  cast.v1.outputs = &in16.tensor;
  ASSERT_EQ(npu.graph_add_node(matmul.graph, cast), kSuccess);
  ASSERT_EQ(npu.graph_add_node(matmul.graph, op), kSuccess);
  EXPECT_EQ(npu.graph_finalize(matmul.graph, nullptr, nullptr), kGraphFinalizeFailed) << "no cast behind it";
  cast.v1.inputs = &out16.tensor;
  cast.v1.outputs = &matmul.out.tensor;
  ASSERT_EQ(npu.graph_add_node(matmul.graph, cast), kSuccess);
  ASSERT_EQ(npu.graph_finalize(matmul.graph, nullptr, nullptr), kSuccess);
  ASSERT_EQ(matmul.execute(npu), kSuccess);
  EXPECT_NEAR(matmul.output[1], matmul.input[0] + matmul.input[1] + matmul.input[2] + matmul.input[3], 0.05);
}

TEST_F(ReferenceNpu, RefusesExecutionsThatDoNotFitTheGraph) {
  TestMatmul matmul(2, 4, 3);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  const auto execute = [&](Tensor in, Tensor out, uint32_t inputs = 1) {
    return npu.graph_execute(matmul.graph, &in, inputs, &out, 1, nullptr, nullptr);
  };
  const Tensor in = matmul.in.tensor, out = matmul.out.tensor;
  EXPECT_EQ(execute(in, out), kSuccess);
  EXPECT_EQ(execute(in, out, 0), kGraphInvalidArgument);
  EXPECT_EQ(npu.graph_execute(matmul.graph, &in, 1, nullptr, 1, nullptr, nullptr), kGraphInvalidArgument);
  EXPECT_EQ(execute(out, in), kGraphInvalidTensor);
  Tensor wrong = in;
  wrong.v1.client.bytes -= 4;
  EXPECT_EQ(execute(wrong, out), kGraphInvalidTensor);
  wrong = in;
  wrong.v1.client.data = nullptr;
  EXPECT_EQ(execute(wrong, out), kGraphInvalidTensor);
  uint32_t other_length[] = {1, 4};
  wrong = in;
  wrong.v1.dimensions = other_length;
  EXPECT_EQ(execute(wrong, out), kGraphInvalidTensor) << "shapes are static";
  wrong = in;
  wrong.v1.memory_type = MemoryType::kHandle;
  wrong.v1.handle = kWrong;
  EXPECT_EQ(execute(wrong, out), kMemoryInvalidHandle);
  EXPECT_EQ(npu.graph_execute(matmul.graph, &in, 1, &matmul.out.tensor, 1, kWrong, nullptr),
            kGraphSetProfile);
  EXPECT_EQ(npu.graph_execute(matmul.graph, &in, 1, &matmul.out.tensor, 1, nullptr, kWrong), kNotSupported);
}

TEST_F(ReferenceNpu, SharesWeightsBetweenTheGraphsOfAContext) {
  // Room for one weight of 256 x 256 and two graphs.
  const testing::Environment memory("TANDEM_NPU_MEMORY", std::to_string(256 * 256 * 2 + (40 << 10)));
  TestMatmul one(32, 256, 256), other(64, 256, 256);
  other.weight = one.weight;
  ASSERT_EQ(one.finalize(npu, context, "one"), kSuccess);
  ASSERT_EQ(other.finalize(npu, context, "other"), kSuccess);
  ASSERT_EQ(other.execute(npu), kSuccess);
  EXPECT_LE(other.error(), 5e-4);
  TestMatmul third(32, 256, 256);
  third.weight[0] += 1;
  EXPECT_EQ(third.finalize(npu, context, "third"), kMemoryAllocation);
}

TEST_F(ReferenceNpu, AcceptsPowerSettings) {
  const void* found = nullptr;
  ASSERT_EQ(npu.device_get_infrastructure(&found), kSuccess);
  const auto* infrastructure = static_cast<const HtpInfrastructure*>(found);
  uint32_t id = 0;
  ASSERT_EQ(infrastructure->create_power_config(0, 0, &id), kSuccess);
  HtpPowerConfig config = {kHtpPowerRpcLatency, {}};
  const HtpPowerConfig* configs[] = {&config, nullptr};
  EXPECT_EQ(infrastructure->set_power_config(id, configs), kSuccess);
  EXPECT_EQ(infrastructure->set_power_config(id + 1, configs), kInvalidArgument);
  EXPECT_EQ(infrastructure->destroy_power_config(id), kSuccess);
  EXPECT_EQ(infrastructure->destroy_power_config(id), kInvalidArgument);
}

}  // namespace
}  // namespace tandem::npu
