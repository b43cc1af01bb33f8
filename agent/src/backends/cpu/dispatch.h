// The kernels of an instruction set.
#pragma once

#include "backends/cpu/isa.h"
#include "backends/cpu/kernels.h"

namespace tandem::cpu {

// isa: available on this CPU.
[[nodiscard]] const QuantKernels& quant_kernels(Isa isa);
[[nodiscard]] const FloatKernels& float_kernels(Isa isa);
// Null where the CPU has none.
[[nodiscard]] const Bf16Kernels* bf16_kernels(Isa isa);

}  // namespace tandem::cpu
