// A client of the interface as bare as it can be: handles, tensors and calls without the engine's backend.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backends/qnn/abi/htp.h"
#include "backends/qnn/abi/status.h"
#include "backends/qnn/library.h"

namespace tandem::npu::testing {

using namespace qnn::abi;  // NOLINT: the tests speak that interface.

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

// A description of a tensor that owns its shape.
struct TestTensor {
  std::vector<uint32_t> shape;
  Tensor tensor = {};

  TestTensor(const char* name, TensorType type, DataType data_type, std::vector<uint32_t> dimensions)
      : shape(std::move(dimensions)) {
    tensor.version = kTensorVersion1;
    tensor.v1.name = name;
    tensor.v1.type = type;
    tensor.v1.data_type = data_type;
    tensor.v1.quantization.definition = Definition::kUndefined;
    tensor.v1.quantization.encoding = Encoding::kUndefined;
    tensor.v1.rank = static_cast<uint32_t>(shape.size());
    tensor.v1.dimensions = shape.data();
  }
  TestTensor(const TestTensor&) = delete;
  TestTensor& operator=(const TestTensor&) = delete;
  template <typename T>
  void set(std::vector<T>& data) {
    tensor.v1.client = {data.data(), static_cast<uint32_t>(data.size() * sizeof(T))};
  }
};

class ReferenceNpu : public ::testing::Test {
 protected:
  void SetUp() override {
    qnn::QnnOptions options;
    options.library = TANDEM_REFERENCE_NPU;
    auto library = qnn::Library::open(options);
    ASSERT_TRUE(library.ok()) << library.error().message;
    library_ = std::move(library).value();
    npu = library_->functions();
    ASSERT_EQ(npu.backend_create(nullptr, nullptr, &backend), kSuccess);
    ASSERT_EQ(npu.device_create(nullptr, nullptr, &device), kSuccess);
    ASSERT_EQ(npu.context_create(backend, device, nullptr, &context), kSuccess);
  }
  void TearDown() override {
    if (context != nullptr) {
      EXPECT_EQ(npu.context_free(context, nullptr), kSuccess);
    }
    EXPECT_EQ(npu.device_free(device), kSuccess);
    EXPECT_EQ(npu.backend_free(backend), kSuccess);
  }

  [[nodiscard]] void* symbol(const char* name) const { return library_->symbol(name); }

  Functions npu = {};
  Backend backend = nullptr;
  Device device = nullptr;
  Context context = nullptr;

 private:
  std::shared_ptr<const qnn::Library> library_;
};

// input [M, K] fp32 x weight [N, K] fp32 + bias [N] -> output [M, N], as one graph with random values.
struct TestMatmul {
  uint32_t m, k, n;
  std::vector<float> input, weight, bias, output;
  TestTensor in, w, b, out;
  Graph graph = nullptr;

  TestMatmul(uint32_t tokens, uint32_t columns, uint32_t rows)
      : m(tokens),
        k(columns),
        n(rows),
        input(size_t{m} * k),
        weight(size_t{n} * k),
        bias(n),
        output(size_t{m} * n),
        in("in", TensorType::kAppWrite, DataType::kFloat32, {m, k}),
        w("w", TensorType::kStatic, DataType::kFloat32, {n, k}),
        b("b", TensorType::kStatic, DataType::kFloat32, {n}),
        out("out", TensorType::kAppRead, DataType::kFloat32, {m, n}) {
    std::mt19937 random(m + k + n);
    std::normal_distribution<float> normal;
    for (auto* values : {&input, &weight, &bias}) {
      for (float& value : *values) value = normal(random);
    }
    w.set(weight);
    b.set(bias);
    in.set(input);
    out.set(output);
  }

  // An op over the tensors; it points into this object.
  [[nodiscard]] Op op(const char* type = kFullyConnected) {
    inputs_ = {in.tensor, w.tensor, b.tensor};
    Op made = {};
    made.version = kOpVersion1;
    made.v1.name = "matmul";
    made.v1.package = kOpPackage;
    made.v1.type = type;
    made.v1.input_count = 3;
    made.v1.inputs = inputs_.data();
    made.v1.output_count = 1;
    made.v1.outputs = &out.tensor;
    return made;
  }

  [[nodiscard]] Status create(const Functions& npu, Context context, const char* name) {
    if (const Status status = npu.graph_create(context, name, nullptr, &graph); status != kSuccess)
      return status;
    for (TestTensor* tensor : {&in, &w, &b, &out}) {
      if (const Status status = npu.tensor_create_graph_tensor(graph, &tensor->tensor); status != kSuccess)
        return status;
    }
    return npu.graph_add_node(graph, op());
  }
  [[nodiscard]] Status finalize(const Functions& npu, Context context, const char* name) {
    if (const Status status = create(npu, context, name); status != kSuccess) return status;
    return npu.graph_finalize(graph, nullptr, nullptr);
  }
  [[nodiscard]] Status execute(const Functions& npu, Profile profile = nullptr) {
    return npu.graph_execute(graph, &in.tensor, 1, &out.tensor, 1, profile, nullptr);
  }

  // sum (got - wanted)^2 / sum wanted^2
  [[nodiscard]] double error() const {
    double difference = 0, power = 0;
    for (uint32_t t = 0; t < m; ++t) {
      for (uint32_t r = 0; r < n; ++r) {
        double wanted = bias[r];
        for (uint32_t c = 0; c < k; ++c)
          wanted += double{input[size_t{t} * k + c]} * weight[size_t{r} * k + c];
        const double got = output[size_t{t} * n + r];
        difference += (got - wanted) * (got - wanted);
        power += wanted * wanted;
      }
    }
    return difference / power;
  }

 private:
  std::vector<Tensor> inputs_;
};

}  // namespace tandem::npu::testing
