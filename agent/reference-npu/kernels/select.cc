#include <cstdlib>
#include <cstring>

#include "kernels/kernels.h"

namespace tandem::npu {
namespace {

// Whether TANDEM_NPU_ISA lets this instruction set be used.
[[maybe_unused]] bool allowed(int rank) {
  const char* asked = std::getenv("TANDEM_NPU_ISA");
  if (asked == nullptr) return true;
  if (std::strcmp(asked, "plain") == 0) return rank <= 0;
  if (std::strcmp(asked, "avx2") == 0) return rank <= 1;
  if (std::strcmp(asked, "avx512") == 0) return rank <= 2;
  return true;
}

}  // namespace

const FloatKernels& float_kernels() {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (allowed(3) && avx512 && __builtin_cpu_supports("avx512bf16")) return kBf16Avx512;
  if (allowed(2) && avx512) return kFloatAvx512;
  if (allowed(1) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kFloatAvx2;
#endif
  return kFloatPlain;
}

const Int8Kernels& int8_kernels() {
#if defined(__x86_64__)
  if (allowed(3) && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
    return kInt8Avx512;
#endif
  return kInt8Plain;
}

}  // namespace tandem::npu
