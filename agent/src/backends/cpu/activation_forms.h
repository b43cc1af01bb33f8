// The forms in which a matmul's input can be prepared; each weight type asks for some of them.
#pragma once

#include <cstdint>

namespace tandem::cpu {

using ActivationForms = uint32_t;  // A set of the bits below.

inline constexpr ActivationForms kFormFloat = 1;  // fp32
inline constexpr ActivationForms kFormInt8 = 2;   // int8 blocks of 32 with an fp32 scale
inline constexpr ActivationForms kFormHalfBias =
    4;  // with kFormInt8: integer sums of each half block (scales per 16)
inline constexpr ActivationForms kFormSums =
    8;  // with kFormInt8: fp32 sums of each block (types with minimums)
inline constexpr ActivationForms kFormHalfSums = 16;  // with kFormInt8: fp32 sums of each half block

}  // namespace tandem::cpu
