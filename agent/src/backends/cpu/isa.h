// The instruction sets that kernels exist for. Kernels are chosen at run time, so one binary runs on every
// CPU of its architecture and uses what is there.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace tandem::cpu {

enum class Isa {
  kScalar,      // The baseline of the architecture; no intrinsics.
  kAvx2,        // AVX2, FMA, F16C
  kAvx512Vnni,  // AVX-512 F, BW, VL, DQ and VNNI; BF16 is used where it is there too.
  kNeon,        // Armv8.0
  kDotprod,     // Armv8.2 sdot
  kI8mm,        // Armv8.6 smmla
};

// As on the wire: "avx512vnni".
[[nodiscard]] std::string_view isa_name(Isa isa);
[[nodiscard]] std::optional<Isa> isa_by_name(std::string_view name);

// True where this CPU and this operating system (which saves the registers) run it.
[[nodiscard]] bool isa_available(Isa isa);
// All that are available, the best first; kScalar is always the last.
[[nodiscard]] const std::vector<Isa>& available_isas();
[[nodiscard]] Isa best_isa();

}  // namespace tandem::cpu
