// The small operations at the 1B shape, on one thread: microseconds per call for one token and for 256.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "backends/cpu/elementwise.h"
#include "backends/cpu/packed_matrix.h"
#include "backends/cpu/prepared_activations.h"
#include "backends/cpu/rope.h"

namespace tandem::bench {
namespace {

using cpu::Isa;

constexpr int64_t kEmbedding = 2048;
constexpr int64_t kFeedForward = 8192;
constexpr int64_t kHeadDim = 64;

void norm(benchmark::State& state, Isa isa, int64_t tokens) {
  cpu::ThreadPool pool({.threads = 1, .cores = {}});
  std::vector<float> x(static_cast<size_t>(tokens * kEmbedding), 0.5f), weight(kEmbedding, 1.0f),
      out(x.size());
  for (auto _ : state) {
    cpu::rms_norm(x.data(), weight.data(), 1e-5f, tokens, kEmbedding, out.data(), {isa, pool});
    benchmark::ClobberMemory();
  }
}

void swiglu(benchmark::State& state, Isa isa, int64_t tokens) {
  cpu::ThreadPool pool({.threads = 1, .cores = {}});
  std::vector<float> gate(static_cast<size_t>(tokens * kFeedForward), 0.5f), up(gate.size(), 1.0f),
      out(gate.size());
  for (auto _ : state) {
    cpu::swiglu(gate.data(), up.data(), tokens * kFeedForward, out.data(), {isa, pool});
    benchmark::ClobberMemory();
  }
}

void rope(benchmark::State& state, Isa isa, int64_t tokens) {
  cpu::ThreadPool pool({.threads = 1, .cores = {}});
  cpu::RopeTable table({cpu::RopePairs::kInterleaved, kHeadDim, 500000, 1, {}});
  std::vector<float> x(static_cast<size_t>(tokens * kEmbedding), 0.5f);
  table.set_positions(100, tokens);
  for (auto _ : state) {
    table.apply(x.data(), tokens, kEmbedding / kHeadDim, kHeadDim, {isa, pool});
    benchmark::ClobberMemory();
  }
}

void quantize(benchmark::State& state, Isa isa, int64_t tokens) {
  cpu::ThreadPool pool({.threads = 1, .cores = {}});
  std::vector<float> x(static_cast<size_t>(tokens * kFeedForward), 0.5f);
  auto prepared = cpu::PreparedActivations::create(tokens, kFeedForward, cpu::kFormInt8);
  if (!prepared.ok()) return state.SkipWithError(prepared.error().message.c_str());
  for (auto _ : state) {
    prepared->prepare(x.data(), kFeedForward, tokens, kFeedForward, cpu::kFormInt8, {isa, pool});
    benchmark::ClobberMemory();
  }
}

// Repacking 16 Mi weights, as at load.
void pack(benchmark::State& state, TensorType type) {
  cpu::ThreadPool pool({.threads = 1, .cores = {}});
  std::vector<std::byte> source(8192 * row_bytes(type, 2048));
  for (auto _ : state) {
    auto packed = cpu::PackedMatrix::pack({type, 8192, 2048, source}, {cpu::best_isa(), pool});
    if (!packed.ok()) return state.SkipWithError(packed.error().message.c_str());
  }
  const double bytes = static_cast<double>(state.iterations()) * static_cast<double>(source.size());
  state.counters["GB/s"] = benchmark::Counter(bytes / 1e9, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(pack, Q4_0, TensorType::kQ4_0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, Q8_0, TensorType::kQ8_0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, Q4_K, TensorType::kQ4_K)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, Q6_K, TensorType::kQ6_K)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, F16, TensorType::kF16)->Unit(benchmark::kMillisecond);

// An empty loop on all threads: what handing out work costs.
void hand_out(benchmark::State& state) {
  cpu::ThreadPool pool({.threads = static_cast<int>(state.range(0)), .cores = {}});
  for (auto _ : state) {
    pool.parallel_for(state.range(0) * 8, 1, [](int64_t, int64_t, int) {});
  }
}
BENCHMARK(hand_out)->Arg(2)->Arg(4)->UseRealTime();

const bool registered = [] {
  for (const Isa isa : cpu::available_isas()) {
    for (const int64_t tokens : {1, 256}) {
      const std::string tail = "/" + std::string(isa_name(isa)) + "/M" + std::to_string(tokens);
      const auto add = [&](const char* name, void (*fn)(benchmark::State&, Isa, int64_t)) {
        benchmark::RegisterBenchmark((name + tail).c_str(), fn, isa, tokens)->Unit(benchmark::kMicrosecond);
      };
      add("rms_norm", norm);
      add("swiglu", swiglu);
      add("rope", rope);
      add("quantize", quantize);
    }
  }
  return true;
}();

}  // namespace
}  // namespace tandem::bench
