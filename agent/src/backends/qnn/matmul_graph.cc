#include "backends/qnn/matmul_graph.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tensor/half.h"

namespace tandem::qnn {
namespace {

using abi::DataType;
using abi::TensorType;

constexpr uint32_t narrow(int64_t value) { return static_cast<uint32_t>(value); }

abi::Op make_op(const char* name, const char* type, std::span<abi::Tensor> inputs, abi::Tensor& output) {
  abi::Op op = {};
  op.version = abi::kOpVersion1;
  op.v1.name = name;
  op.v1.package = abi::kOpPackage;
  op.v1.type = type;
  op.v1.input_count = narrow(static_cast<int64_t>(inputs.size()));
  op.v1.inputs = inputs.data();
  op.v1.output_count = 1;
  op.v1.outputs = &output;
  return op;
}

// Names, shapes and data of the tensors, which the interface only points to.
class Builder {
 public:
  Builder(const Device& device, const MatmulSpec& spec)
      : call_(device.call()), backend_(device.backend()), spec_(spec) {
    const char* endings[] = {"_in", "_w", "_b", "_out", "_in16", "_out16"};
    for (size_t i = 0; i < names_.size(); ++i) names_[i] = spec.name + endings[i];
    bias_.assign(spec.bias.begin(), spec.bias.end());
    half_bias_.resize(bias_.size());
    std::transform(bias_.begin(), bias_.end(), half_bias_.begin(), float_to_half);
    in_ = make_tensor(names_[0].c_str(), TensorType::kAppWrite, DataType::kFloat32, in_shape_);
    weight_ = make_tensor(names_[1].c_str(), TensorType::kStatic, spec.weight.data_type(), weight_shape_);
    weight_.v1.quantization = spec.weight.quantization();
    weight_.v1.client = spec.weight.buffer();
    out_ = make_tensor(names_[3].c_str(), TensorType::kAppRead, DataType::kFloat32, out_shape_);
  }

  abi::Status build(MatmulGraph& built) {
    const bool casts = weight_.v1.data_type == DataType::kFloat16 && !takes_float_input();
    abi::Status status = add(built.graph, in_);
    if (status == abi::kSuccess) status = add(built.graph, out_);
    if (status == abi::kSuccess)
      status = casts ? add_with_casts(built.graph) : add_matmul(built.graph, in_, out_, false);
    if (status == abi::kSuccess) status = call_.graph_finalize(built.graph, nullptr, nullptr);
    built.input = in_.v1.id;
    built.output = out_.v1.id;
    return status;
  }

 private:
  abi::Status add(abi::Graph graph, abi::Tensor& tensor) {
    return call_.tensor_create_graph_tensor(graph, &tensor);
  }

  abi::Tensor bias_tensor(bool half) {
    abi::Tensor bias = make_tensor(names_[2].c_str(), TensorType::kStatic,
                                   half ? DataType::kFloat16 : DataType::kFloat32, bias_shape_);
    bias.v1.client = half ? abi::ClientBuffer{half_bias_.data(), narrow(spec_.rows * 2)}
                          : abi::ClientBuffer{bias_.data(), narrow(spec_.rows * 4)};
    return bias;
  }

  [[nodiscard]] bool takes_float_input() {
    if (call_.backend_validate_op == nullptr) return true;
    abi::Tensor inputs[] = {in_, weight_, bias_tensor(false)};
    const std::span used(inputs, bias_.empty() ? 2 : 3);
    return call_.backend_validate_op(
               backend_, make_op(spec_.name.c_str(), abi::kFullyConnected, used, out_)) == abi::kSuccess;
  }

  abi::Status add_matmul(abi::Graph graph, const abi::Tensor& in, abi::Tensor& out, bool half) {
    if (const abi::Status status = add(graph, weight_); status != abi::kSuccess) return status;
    std::vector<abi::Tensor> inputs = {in, weight_};
    if (!bias_.empty()) {
      inputs.push_back(bias_tensor(half));
      if (const abi::Status status = add(graph, inputs.back()); status != abi::kSuccess) return status;
    }
    return call_.graph_add_node(graph, make_op(spec_.name.c_str(), abi::kFullyConnected, inputs, out));
  }

  abi::Status add_with_casts(abi::Graph graph) {
    abi::Tensor in = make_tensor(names_[4].c_str(), TensorType::kNative, DataType::kFloat16, in_shape_);
    abi::Tensor out = make_tensor(names_[5].c_str(), TensorType::kNative, DataType::kFloat16, out_shape_);
    for (abi::Tensor* tensor : {&in, &out}) {
      if (const abi::Status status = add(graph, *tensor); status != abi::kSuccess) return status;
    }
    abi::Status status = call_.graph_add_node(graph, make_op(names_[4].c_str(), abi::kCast, {&in_, 1}, in));
    if (status == abi::kSuccess) status = add_matmul(graph, in, out, true);
    if (status == abi::kSuccess)
      status = call_.graph_add_node(graph, make_op(names_[5].c_str(), abi::kCast, {&out, 1}, out_));
    return status;
  }

  const abi::Functions& call_;
  abi::Backend backend_;
  const MatmulSpec& spec_;
  std::array<std::string, 6> names_;
  std::vector<float> bias_;
  std::vector<uint16_t> half_bias_;
  std::array<uint32_t, 2> in_shape_ = {narrow(spec_.tokens), narrow(spec_.columns)};
  std::array<uint32_t, 2> weight_shape_ = {narrow(spec_.rows), narrow(spec_.columns)};
  std::array<uint32_t, 2> out_shape_ = {narrow(spec_.tokens), narrow(spec_.rows)};
  std::array<uint32_t, 1> bias_shape_ = {narrow(spec_.rows)};
  abi::Tensor in_ = {}, weight_ = {}, out_ = {};
};

}  // namespace

abi::Tensor make_tensor(const char* name, TensorType type, DataType data_type, std::span<uint32_t> shape) {
  abi::Tensor tensor = {};
  tensor.version = abi::kTensorVersion1;
  tensor.v1.name = name;
  tensor.v1.type = type;
  tensor.v1.format = abi::kDenseFormat;
  tensor.v1.data_type = data_type;
  tensor.v1.quantization.definition = abi::Definition::kUndefined;
  tensor.v1.quantization.encoding = abi::Encoding::kUndefined;
  tensor.v1.rank = narrow(static_cast<int64_t>(shape.size()));
  tensor.v1.dimensions = shape.data();
  tensor.v1.memory_type = abi::MemoryType::kRaw;
  return tensor;
}

abi::Status build_matmul(const Device& device, abi::Context context, const MatmulSpec& spec,
                         MatmulGraph& built) {
  abi::HtpGraphConfig precision = {abi::kHtpGraphPrecision, abi::kHtpFloat16, {}};
  abi::GraphConfig config = {abi::kGraphOptionCustom, &precision};
  const abi::GraphConfig* configs[] = {&config, nullptr};
  const abi::Status status = device.call().graph_create(
      context, spec.name.c_str(), device.takes_htp_settings() ? configs : nullptr, &built.graph);
  return status == abi::kSuccess ? Builder(device, spec).build(built) : status;
}

}  // namespace tandem::qnn
