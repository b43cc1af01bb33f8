// The reference NPU through its interface: matmuls of the 1B shape with fp16 weights beside the bf16 peak of
// one core, one token beside the read bandwidth (copies of the weight that no cache holds), and the
// compilation of a graph.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "backends/qnn/abi/status.h"
#include "backends/qnn/library.h"
#include "peaks.h"

namespace tandem::bench {
namespace {

using namespace qnn::abi;  // NOLINT

constexpr size_t kUncachedBytes = size_t{192} << 20;

Tensor tensor_of(const char* name, TensorType type, DataType data_type, std::vector<uint32_t>& shape,
                 void* data, size_t bytes) {
  Tensor tensor = {};
  tensor.version = kTensorVersion1;
  tensor.v1.name = name;
  tensor.v1.type = type;
  tensor.v1.data_type = data_type;
  tensor.v1.quantization.definition = Definition::kUndefined;
  tensor.v1.quantization.encoding = Encoding::kUndefined;
  tensor.v1.rank = static_cast<uint32_t>(shape.size());
  tensor.v1.dimensions = shape.data();
  tensor.v1.client = {data, static_cast<uint32_t>(bytes)};
  return tensor;
}

// A context with one matmul in as many copies as asked for.
class Npu {
 public:
  Npu(uint32_t tokens, uint32_t columns, uint32_t rows, bool int8)
      : in_shape_{tokens, columns},
        weight_shape_{rows, columns},
        out_shape_{tokens, rows},
        input_(size_t{tokens} * columns, 0.5F),
        output_(size_t{tokens} * rows),
        weight_(size_t{rows} * columns * (int8 ? 1 : 2)),
        scales_(rows, {0.01F, 0}),
        int8_(int8) {
    for (size_t i = 0; i < weight_.size(); ++i)
      weight_[i] = static_cast<std::byte>(i % 2 == 0 ? i * 7 % 251 : 0x2c);  // Halves near 0.06.
    auto library = qnn::Library::open({.library = TANDEM_REFERENCE_NPU});
    if (!library.ok()) return;
    library_ = std::move(library).value();
    ok_ = call().backend_create(nullptr, nullptr, &backend_) == kSuccess &&
          call().context_create(backend_, nullptr, nullptr, &context_) == kSuccess;
  }
  ~Npu() {
    if (context_ != nullptr) call().context_free(context_, nullptr);
    if (backend_ != nullptr) call().backend_free(backend_);
  }
  Npu(const Npu&) = delete;
  Npu& operator=(const Npu&) = delete;

  // Adds a copy with a weight of its own. Gives the seconds that finalizing took; below 0: failed.
  double add() {
    weight_[0] = static_cast<std::byte>(graphs_.size());
    const std::string name = "g" + std::to_string(graphs_.size());
    Graph graph = nullptr;
    in_ = tensor_of("in", TensorType::kAppWrite, DataType::kFloat32, in_shape_, input_.data(),
                    input_.size() * 4);
    out_ = tensor_of("out", TensorType::kAppRead, DataType::kFloat32, out_shape_, output_.data(),
                     output_.size() * 4);
    Tensor weight = tensor_of("w", TensorType::kStatic, int8_ ? DataType::kSignedFixed8 : DataType::kFloat16,
                              weight_shape_, weight_.data(), weight_.size());
    if (int8_) {
      weight.v1.quantization = {Definition::kDefined, Encoding::kAxisScaleOffset, {}};
      weight.v1.quantization.axis = {0, weight_shape_[0], scales_.data()};
    }
    bool ok = ok_ && call().graph_create(context_, name.c_str(), nullptr, &graph) == kSuccess;
    for (Tensor* tensor : {&in_, &weight, &out_})
      ok = ok && call().tensor_create_graph_tensor(graph, tensor) == kSuccess;
    Tensor inputs[] = {in_, weight};
    Op op = {};
    op.version = kOpVersion1;
    op.v1 = {"matmul", kOpPackage, kFullyConnected, 0, nullptr, 2, inputs, 1, &out_};
    ok = ok && call().graph_add_node(graph, op) == kSuccess;
    const auto begin = std::chrono::steady_clock::now();
    ok = ok && call().graph_finalize(graph, nullptr, nullptr) == kSuccess;
    graphs_.push_back(graph);
    return ok ? std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() : -1;
  }
  bool execute() {
    Graph graph = graphs_[next_++ % graphs_.size()];
    return call().graph_execute(graph, &in_, 1, &out_, 1, nullptr, nullptr) == kSuccess;
  }
  [[nodiscard]] size_t weight_bytes() const { return weight_.size(); }

 private:
  [[nodiscard]] const Functions& call() const { return library_->functions(); }

  std::shared_ptr<const qnn::Library> library_;
  std::vector<uint32_t> in_shape_, weight_shape_, out_shape_;
  std::vector<float> input_, output_;
  std::vector<std::byte> weight_;
  std::vector<ScaleOffset> scales_;
  bool int8_;
  bool ok_ = false;
  Backend backend_ = nullptr;
  Context context_ = nullptr;
  Tensor in_ = {}, out_ = {};
  std::vector<Graph> graphs_;
  size_t next_ = 0;
};

void multiply(benchmark::State& state, uint32_t tokens, uint32_t columns, uint32_t rows, bool int8) {
  Npu npu(tokens, columns, rows, int8);
  double compile = 0;
  size_t copies = 0;
  do {
    const double seconds = npu.add();
    if (seconds < 0) return state.SkipWithError("the reference NPU refused the graph");
    compile += seconds;
    ++copies;
  } while (tokens == 1 && copies * npu.weight_bytes() < kUncachedBytes);
  for (auto _ : state) {
    if (!npu.execute()) return state.SkipWithError("the reference NPU failed");
  }
  const auto iterations = static_cast<double>(state.iterations());
  const double macs = iterations * tokens * columns * rows;
  const double bytes = iterations * static_cast<double>(npu.weight_bytes());
  using benchmark::Counter;
  const Peaks& limits = peaks(1);
  state.counters["GMAC/s"] = Counter(macs / 1e9, Counter::kIsRate);
  state.counters["GB/s"] = Counter(bytes / 1e9, Counter::kIsRate);
  state.counters["compile_ms"] = compile / static_cast<double>(copies) * 1e3;
  if (tokens == 1) state.counters["of_read_peak"] = Counter(bytes / limits.read_bytes, Counter::kIsRate);
  const double peak = int8 ? limits.int8_macs : limits.bf16_macs;
  if (tokens > 1 && peak > 0)
    state.counters[int8 ? "of_int8_peak" : "of_bf16_peak"] = Counter(macs / peak, Counter::kIsRate);
}

const bool registered = [] {
  struct Shape {
    uint32_t tokens, columns, rows;
  };
  for (const bool int8 : {false, true}) {
    for (const Shape shape :
         {Shape{1, 2048, 8192}, Shape{2, 2048, 8192}, Shape{32, 2048, 8192}, Shape{64, 2048, 8192},
          Shape{128, 2048, 8192}, Shape{256, 2048, 8192}, Shape{256, 8192, 2048}, Shape{256, 2048, 2048},
          Shape{256, 2048, 512}, Shape{512, 2048, 8192}}) {
      const std::string name = std::string("npu/") + (int8 ? "int8" : "fp16") + "/M" +
                               std::to_string(shape.tokens) + "/K" + std::to_string(shape.columns) + "/N" +
                               std::to_string(shape.rows);
      benchmark::RegisterBenchmark(name.c_str(), multiply, shape.tokens, shape.columns, shape.rows, int8)
          ->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace tandem::bench
