// Matmuls of the 1B shape: prefill of 256 tokens against the multiply peak, decode of one token against the
// read bandwidth. Decode walks through copies of the weight that no cache holds.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "backends/cpu/matmul.h"
#include "peaks.h"
#include "tensor/convert.h"

namespace tandem::bench {
namespace {

using cpu::Isa;

constexpr TensorType kTypes[] = {TensorType::kQ4_0, TensorType::kQ8_0, TensorType::kQ4_K, TensorType::kQ6_K,
                                 TensorType::kF16,  TensorType::kF32,  TensorType::kBF16, TensorType::kQ4_1,
                                 TensorType::kQ5_0, TensorType::kQ5_1, TensorType::kQ2_K, TensorType::kQ3_K,
                                 TensorType::kQ5_K};
constexpr size_t kUncachedBytes = size_t{192} << 20;

std::vector<float> random_values(size_t count) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

// 16 random rows, repeated: the time does not depend on the values.
std::vector<std::byte> random_weight(TensorType type, int64_t rows, int64_t columns) {
  const size_t stride = row_bytes(type, static_cast<uint64_t>(columns));
  std::vector<std::byte> bytes(static_cast<size_t>(rows) * stride);
  const auto values = random_values(static_cast<size_t>(16 * columns));
  for (int64_t r = 0; r < 16; ++r)
    quantize_row(type, values.data() + r * columns, columns, bytes.data() + static_cast<size_t>(r) * stride);
  for (size_t i = 16 * stride; i < bytes.size(); ++i) bytes[i] = bytes[i - 16 * stride];
  return bytes;
}

void multiply(benchmark::State& state, TensorType type, Isa isa, int64_t tokens, int64_t columns,
              int64_t rows, int threads) {
  cpu::ThreadPool pool({.threads = threads, .cores = {}});
  const cpu::Target target{isa, pool};
  const auto source = random_weight(type, rows, columns);
  std::vector<cpu::PackedMatrix> copies;
  do {
    auto packed = cpu::PackedMatrix::pack({type, rows, columns, source}, target);
    if (!packed.ok()) return state.SkipWithError(packed.error().message.c_str());
    copies.push_back(std::move(packed).value());
  } while (tokens == 1 && copies.size() * copies.front().bytes() < kUncachedBytes);
  const auto input = random_values(static_cast<size_t>(tokens * columns));
  const auto forms = copies.front().activation_forms();
  auto prepared = cpu::PreparedActivations::create(tokens, columns, forms);
  if (!prepared.ok()) return state.SkipWithError(prepared.error().message.c_str());
  std::vector<float> out(static_cast<size_t>(tokens * rows));
  size_t next = 0;
  for (auto _ : state) {
    prepared->prepare(input.data(), columns, tokens, columns, forms, target);
    cpu::matmul(copies[next], *prepared, out.data(), rows, target);
    next = (next + 1) % copies.size();
    benchmark::ClobberMemory();
  }
  const auto iterations = static_cast<double>(state.iterations());
  const double macs = iterations * static_cast<double>(tokens * columns * rows);
  const double bytes = iterations * static_cast<double>(copies.front().bytes());
  using benchmark::Counter;
  const Peaks& limits = peaks(threads);
  state.counters["GMAC/s"] = Counter(macs / 1e9, Counter::kIsRate);
  state.counters["GB/s"] = Counter(bytes / 1e9, Counter::kIsRate);
  if (tokens > 1 && limits.int8_macs > 0)
    state.counters["of_int8_peak"] = Counter(macs / limits.int8_macs, Counter::kIsRate);
  if (tokens == 1) state.counters["of_read_peak"] = Counter(bytes / limits.read_bytes, Counter::kIsRate);
}

const bool registered = [] {
  struct Shape {
    int64_t tokens, columns, rows;
  };
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (const TensorType type : kTypes) {
    for (const Isa isa : cpu::available_isas()) {
      for (const Shape shape :
           {Shape{1, 2048, 8192}, Shape{4, 2048, 8192}, Shape{256, 2048, 8192}, Shape{256, 8192, 2048}}) {
        for (const int threads : {1, cores}) {
          const std::string name = "matmul/" + std::string(type_traits(type).name) + "/" +
                                   std::string(isa_name(isa)) + "/M" + std::to_string(shape.tokens) + "/K" +
                                   std::to_string(shape.columns) + "/N" + std::to_string(shape.rows) +
                                   "/threads" + std::to_string(threads);
          auto* bench = benchmark::RegisterBenchmark(name.c_str(), multiply, type, isa, shape.tokens,
                                                     shape.columns, shape.rows, threads);
          bench->Unit(benchmark::kMicrosecond);
          // One thread is rated by its own time, which other programs disturb less.
          if (threads > 1) bench->UseRealTime();
        }
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace tandem::bench
