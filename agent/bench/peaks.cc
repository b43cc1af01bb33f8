#include "peaks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <thread>
#include <vector>

#include "backends/cpu/cpu_features.h"
#include "backends/cpu/memory.h"
#if defined(__x86_64__)
#include "peak_avx512.h"
#endif

namespace tandem::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Runs `work` on every thread at once; the best rate of some repetitions. work returns what it did.
template <typename Work>
double best_rate(int threads, Work&& work) {
  double best = 0;
  for (int repetition = 0; repetition < 7; ++repetition) {
    std::atomic<int> ready{0};
    std::atomic<int64_t> done{0};
    const auto body = [&](int thread) {
      ready.fetch_add(1);
      while (ready.load() < threads) {
      }
      done.fetch_add(work(thread));
    };
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(body, t);
    while (ready.load() < threads - 1) {
    }
    const auto begin = Clock::now();
    body(0);
    for (auto& other : others) other.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::max(best, static_cast<double>(done.load()) / seconds);
  }
  return best;
}

// Sums one word of each line, four lines at a time.
int64_t read_through(const std::byte* data, size_t bytes) {
  uint64_t sums[4] = {};
  for (size_t i = 0; i + 256 <= bytes; i += 256) {
    for (size_t line = 0; line < 4; ++line) {
      __builtin_prefetch(data + i + 64 * line + 4096);
      sums[line] += *reinterpret_cast<const uint64_t*>(data + i + 64 * line);
    }
  }
  uint64_t sum = sums[0] + sums[1] + sums[2] + sums[3];
  __asm__ volatile("" : "+r"(sum));
  return static_cast<int64_t>(bytes);
}

double measure_bandwidth(int threads) {
  constexpr size_t kBytes = size_t{256} << 20;  // Per thread; more than caches hold.
  auto memory = cpu::Memory::allocate(kBytes * static_cast<size_t>(threads));
  if (!memory.ok()) return 0;
  std::fill_n(memory->data(), memory->bytes(), std::byte{1});
  return best_rate(
      threads, [&](int t) { return read_through(memory->data() + static_cast<size_t>(t) * kBytes, kBytes); });
}

Peaks measure(int threads) {
  Peaks result;
#if defined(__x86_64__)
  constexpr int64_t kRounds = 2'000'000;
  if (cpu::cpu_features().avx512_vnni) {
    result.int8_macs = best_rate(threads, [](int) { return int8_loop(kRounds); });
  }
  if (cpu::cpu_features().avx512_vnni) {
    result.fp32_macs = best_rate(threads, [](int) { return fp32_loop(kRounds); });
  }
  if (cpu::cpu_features().avx512_bf16) {
    result.bf16_macs = best_rate(threads, [](int) { return bf16_loop(kRounds); });
  }
#endif
  result.read_bytes = measure_bandwidth(threads);
  return result;
}

}  // namespace

const Peaks& peaks(int threads) {
  static std::map<int, Peaks> measured;
  const auto found = measured.find(threads);
  if (found != measured.end()) return found->second;
  return measured[threads] = measure(threads);
}

}  // namespace tandem::bench
