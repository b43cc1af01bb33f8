// What this CPU reports of itself, as far as kernels care.
#pragma once

namespace tandem::cpu {

struct CpuFeatures {
  bool avx2 = false;         // with FMA and F16C, and the system saves the registers
  bool avx512_vnni = false;  // with F, BW, VL and DQ, and the system saves the registers
  bool avx512_bf16 = false;
  bool neon = false;
  bool dotprod = false;
  bool i8mm = false;
};

[[nodiscard]] const CpuFeatures& cpu_features();

}  // namespace tandem::cpu
