#include "backends/cpu/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace tandem::cpu {
namespace {

#if defined(__x86_64__)

constexpr bool bit(uint32_t word, int index) { return ((word >> index) & 1) != 0; }

// Which register states the operating system saves (XCR0).
uint64_t saved_states() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// Bits as in Intel's manual, volume 2, CPUID.
CpuFeatures detect() {
  CpuFeatures features;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
  const bool os_saves = bit(c, 27);
  const bool fma = bit(c, 12);
  const bool f16c = bit(c, 29);
  if (!os_saves || !bit(c, 28)) return features;
  const uint64_t states = saved_states();
  constexpr uint64_t kYmm = 0x6;
  constexpr uint64_t kZmm = 0xe6;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return features;
  const uint32_t last_leaf = a;
  features.avx2 = fma && f16c && bit(b, 5) && (states & kYmm) == kYmm;
  const bool avx512 = bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31) && (states & kZmm) == kZmm;
  features.avx512_vnni = avx512 && bit(c, 11);
  if (last_leaf >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0)
    features.avx512_bf16 = avx512 && bit(a, 5);
  return features;
}

#elif defined(__aarch64__)

// Bits of the kernel's arm64 hwcap ABI; spelled out because older headers lack some.
CpuFeatures detect() {
  const unsigned long capabilities = getauxval(AT_HWCAP);
  const unsigned long more = getauxval(AT_HWCAP2);
  CpuFeatures features;
  features.neon = ((capabilities >> 1) & 1) != 0;
  features.dotprod = ((capabilities >> 20) & 1) != 0;
  features.i8mm = ((more >> 13) & 1) != 0;
  return features;
}

#else

CpuFeatures detect() { return {}; }

#endif

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

}  // namespace tandem::cpu
