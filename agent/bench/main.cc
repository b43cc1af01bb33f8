// Prints the machine's limits, then runs the benchmarks.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <thread>

#include "backends/cpu/isa.h"
#include "peaks.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::printf("best instruction set: %s; measured on this machine now:\n",
              std::string(tandem::cpu::isa_name(tandem::cpu::best_isa())).c_str());
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (const int threads : {1, cores}) {
    const auto& peaks = tandem::bench::peaks(threads);
    std::printf("  %d threads: int8 %.0f GMAC/s, bf16 %.0f GMAC/s, fp32 %.0f GMAC/s, reading %.1f GB/s\n",
                threads, peaks.int8_macs / 1e9, peaks.bf16_macs / 1e9, peaks.fp32_macs / 1e9,
                peaks.read_bytes / 1e9);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
