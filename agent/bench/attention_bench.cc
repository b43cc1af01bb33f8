// Attention at the 1B shape (32 heads of 64, 8 kv heads): prefill of 256 tokens, and decode against the
// cache's bytes.
#include <benchmark/benchmark.h>

#include <string>
#include <thread>
#include <vector>

#include "backends/cpu/attention.h"

namespace tandem::bench {
namespace {

using cpu::Isa;

constexpr int64_t kHeads = 32;
constexpr int64_t kKvHeads = 8;
constexpr int64_t kHeadDim = 64;

void attend(benchmark::State& state, Isa isa, int64_t before, int64_t tokens, int threads) {
  cpu::ThreadPool pool({.threads = threads, .cores = {}});
  const cpu::Target target{isa, pool};
  cpu::KvLayer cache{nullptr, nullptr, cpu::kv_capacity(before + tokens), kKvHeads, kHeadDim};
  auto keys = cpu::Memory::allocate(static_cast<size_t>(cache.elements()) * 2);
  auto values = cpu::Memory::allocate(static_cast<size_t>(cache.elements()) * 2);
  auto scratch = cpu::AttentionScratch::create(kHeads, kHeadDim);
  if (!keys.ok() || !values.ok() || !scratch.ok()) return state.SkipWithError("out of memory");
  cache.keys = reinterpret_cast<uint16_t*>(keys->data());
  cache.values = reinterpret_cast<uint16_t*>(values->data());
  std::vector<float> queries(static_cast<size_t>(tokens * kHeads * kHeadDim), 0.1f), out(queries.size());
  for (auto _ : state) {
    cpu::attention(queries.data(), tokens, before, kHeads, {.scale = 0.125f}, cache, out.data(), *scratch,
                   target);
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  const double pairs =
      static_cast<double>(tokens) * (static_cast<double>(before) + static_cast<double>(tokens + 1) / 2);
  state.counters["GMAC/s"] = Counter(pairs * kHeads * kHeadDim * 2 / 1e9, Counter::kIsIterationInvariantRate);
  const double bytes = static_cast<double>(before + tokens) * kKvHeads * kHeadDim * 4;
  if (tokens == 1) state.counters["GB/s"] = Counter(bytes / 1e9, Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (const Isa isa : cpu::available_isas()) {
    for (const int threads : {1, cores}) {
      const auto add = [&](int64_t before, int64_t tokens) {
        const std::string name = "attention/" + std::string(isa_name(isa)) + "/before" +
                                 std::to_string(before) + "/tokens" + std::to_string(tokens) + "/threads" +
                                 std::to_string(threads);
        benchmark::RegisterBenchmark(name.c_str(), attend, isa, before, tokens, threads)
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
      };
      add(0, 256);
      add(256, 1);
      add(4096, 1);
    }
  }
  return true;
}();

}  // namespace
}  // namespace tandem::bench
