#include "sample/exponential.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tandem {
namespace {

constexpr std::array<double, 15> inverse_factorials() {
  std::array<double, 15> inverses{1};
  double factorial = 1;
  for (size_t k = 1; k < inverses.size(); k++) inverses[k] = 1 / (factorial *= static_cast<double>(k));
  return inverses;
}
constexpr auto kInverseFactorials = inverse_factorials();

}  // namespace

double exponential(double x) {
  if (!(x >= -700)) return 0;
  // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts, the first with enough zero bits for n * part to
  // be exact.
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const auto n = static_cast<int64_t>(x * 0x1.71547652b82fep+0 - 0.5);
  const auto steps = static_cast<double>(n);
  const double r = (x - steps * kLn2High) - steps * kLn2Low;
  // Taylor's series; the term after the last is below 2^-56.
  double sum = kInverseFactorials.back();
  for (size_t k = kInverseFactorials.size() - 1; k-- > 0;) sum = sum * r + kInverseFactorials[k];
  return std::bit_cast<double>(static_cast<uint64_t>(n + 1023) << 52) * sum;
}

}  // namespace tandem
