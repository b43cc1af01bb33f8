#include "backends/cpu/dispatch.h"

#include "backends/cpu/cpu_features.h"

namespace tandem::cpu {

const QuantKernels& quant_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::kAvx2:
      return kQuantAvx2;
    case Isa::kAvx512Vnni:
      return kQuantAvx512;
#elif defined(__aarch64__)
    case Isa::kNeon:
      return kQuantNeon;
    case Isa::kDotprod:
      return kQuantDotprod;
    case Isa::kI8mm:
      return kQuantI8mm;
#endif
    default:
      return kQuantScalar;
  }
}

const FloatKernels& float_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::kAvx2:
      return kFloatAvx2;
    case Isa::kAvx512Vnni:
      return kFloatAvx512;
#elif defined(__aarch64__)
    case Isa::kNeon:
    case Isa::kDotprod:
    case Isa::kI8mm:
      return kFloatNeon;
#endif
    default:
      return kFloatScalar;
  }
}

const Bf16Kernels* bf16_kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512Vnni && cpu_features().avx512_bf16) return &kBf16Avx512;
#endif
  (void)isa;
  return nullptr;
}

}  // namespace tandem::cpu
