#include "backends/cpu/isa.h"

#include <array>
#include <utility>

#include "backends/cpu/cpu_features.h"

namespace tandem::cpu {
namespace {

// The best first.
constexpr std::array<std::pair<Isa, std::string_view>, 6> kNames{{
    {Isa::kAvx512Vnni, "avx512vnni"},
    {Isa::kAvx2, "avx2"},
    {Isa::kI8mm, "i8mm"},
    {Isa::kDotprod, "dotprod"},
    {Isa::kNeon, "neon"},
    {Isa::kScalar, "scalar"},
}};

bool detect(Isa isa) {
  const CpuFeatures& cpu = cpu_features();
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return cpu.avx2;
    case Isa::kAvx512Vnni:
      return cpu.avx2 && cpu.avx512_vnni;
    case Isa::kNeon:
      return cpu.neon;
    case Isa::kDotprod:
      return cpu.neon && cpu.dotprod;
    case Isa::kI8mm:
      return cpu.neon && cpu.dotprod && cpu.i8mm;
  }
  return false;
}

}  // namespace

std::string_view isa_name(Isa isa) {
  for (const auto& [value, name] : kNames) {
    if (value == isa) return name;
  }
  return "unknown";
}

std::optional<Isa> isa_by_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

const std::vector<Isa>& available_isas() {
  static const std::vector<Isa> isas = [] {
    std::vector<Isa> found;
    for (const auto& [isa, name] : kNames) {
      if (detect(isa)) found.push_back(isa);
    }
    return found;
  }();
  return isas;
}

bool isa_available(Isa isa) {
  for (const Isa known : available_isas()) {
    if (known == isa) return true;
  }
  return false;
}

Isa best_isa() { return available_isas().front(); }

}  // namespace tandem::cpu
