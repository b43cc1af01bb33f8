// fp16 (IEEE 754 binary16) and bf16 (the upper half of binary32), converted with plain integer arithmetic.
#pragma once

#include <cstdint>

namespace tandem {

[[nodiscard]] float half_to_float(uint16_t half);
// To nearest, ties to even; too large becomes infinity; NaN stays NaN.
[[nodiscard]] uint16_t float_to_half(float value);

[[nodiscard]] float bf16_to_float(uint16_t bf16);
[[nodiscard]] uint16_t float_to_bf16(float value);

}  // namespace tandem
