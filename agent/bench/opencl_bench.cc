// The GPU's matmuls beside what one core of this machine can do: prefill of 256 tokens against the fp32
// multiply-add peak, decode against the read bandwidth. PoCL on one core, unless the environment's
// TANDEM_OPENCL_DEVICE and POCL_MAX_PTHREAD_COUNT say otherwise.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backends/opencl/one_op.h"
#include "peaks.h"
#include "tensor/convert.h"

namespace tandem::bench {
namespace {

using opencl::OneOp;
using opencl::OpenClProcessor;

constexpr int64_t kUncachedBytes = int64_t{192} << 20;

std::vector<std::byte> random_weight(TensorType type, int64_t rows, int64_t columns) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> row(static_cast<size_t>(columns));
  const size_t stride = row_bytes(type, static_cast<uint64_t>(columns));
  std::vector<std::byte> bytes(static_cast<size_t>(rows) * stride);
  for (float& value : row) value = normal(generator);
  quantize_row(type, row.data(), columns, bytes.data());
  // The time does not depend on the values.
  for (size_t i = stride; i < bytes.size(); ++i) bytes[i] = bytes[i - stride];
  return bytes;
}

OpenClProcessor* processor() {
  static const auto made = [] {
    setenv("POCL_MAX_PTHREAD_COUNT", "1", 0);
    opencl::OpenClOptions options;
    if (getenv("TANDEM_OPENCL_DEVICE") == nullptr) options.device = "pthread";
    return OpenClProcessor::create(options);
  }();
  return made.ok() ? made->get() : nullptr;
}

void multiply(benchmark::State& state, TensorType type, int64_t tokens, int64_t columns, int64_t rows) {
  if (processor() == nullptr) return state.SkipWithError("no OpenCL device");
  const auto source = random_weight(type, rows, columns);
  // Decode walks through copies of the weight that no cache holds.
  std::vector<std::unique_ptr<OneOp>> copies;
  do {
    auto made = OneOp::matmul(*processor(), {type, rows, columns, source}, {}, tokens);
    if (!made.ok()) return state.SkipWithError(made.error().message.c_str());
    copies.push_back(std::move(made).value());
    const std::vector<Part> parts = {copies.back()->whole(tokens)};
    if (auto result = copies.back()->prepare(parts); !result.ok())
      return state.SkipWithError(result.error().message.c_str());
    std::fill_n(copies.back()->input(), tokens * columns, 0.5F);
    if (!copies.back()->run(parts, tokens).ok()) return state.SkipWithError("the device failed");
  } while (tokens == 1 &&
           static_cast<int64_t>(copies.size()) * copies.front()->program().weight_bytes() < kUncachedBytes);
  const std::vector<Part> parts = {copies.front()->whole(tokens)};
  size_t next = 0;
  for (auto _ : state) {
    if (!copies[next]->run(parts, tokens).ok()) return state.SkipWithError("the device failed");
    next = (next + 1) % copies.size();
  }
  const auto iterations = static_cast<double>(state.iterations());
  const double macs = iterations * static_cast<double>(tokens * columns * rows);
  const double bytes = iterations * static_cast<double>(copies.front()->program().weight_bytes());
  const Peaks& limits = peaks(1);
  using benchmark::Counter;
  state.counters["GMAC/s"] = Counter(macs / 1e9, Counter::kIsRate);
  state.counters["GB/s"] = Counter(bytes / 1e9, Counter::kIsRate);
  if (tokens > 1 && limits.fp32_macs > 0)
    state.counters["of_fp32_peak"] = Counter(macs / limits.fp32_macs, Counter::kIsRate);
  if (tokens == 1) state.counters["of_read_peak"] = Counter(bytes / limits.read_bytes, Counter::kIsRate);
}

const bool registered = [] {
  struct Shape {
    int64_t tokens, columns, rows;
  };
  for (const TensorType type :
       {TensorType::kQ4_0, TensorType::kQ8_0, TensorType::kQ4_K, TensorType::kQ6_K, TensorType::kF16,
        TensorType::kF32, TensorType::kBF16, TensorType::kQ4_1, TensorType::kQ2_K, TensorType::kQ3_K}) {
    for (const Shape shape :
         {Shape{1, 2048, 8192}, Shape{4, 2048, 8192}, Shape{256, 2048, 8192}, Shape{256, 8192, 2048}}) {
      const std::string name = "opencl/" + std::string(type_traits(type).name) + "/M" +
                               std::to_string(shape.tokens) + "/K" + std::to_string(shape.columns) + "/N" +
                               std::to_string(shape.rows);
      benchmark::RegisterBenchmark(name.c_str(), multiply, type, shape.tokens, shape.columns, shape.rows)
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();  // The work is another thread's.
    }
  }
  return true;
}();

}  // namespace
}  // namespace tandem::bench
