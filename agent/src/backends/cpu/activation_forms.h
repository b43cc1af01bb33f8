// The forms in which a matmul's input can be prepared; each weight type asks for some of them.
#pragma once

#include <cstdint>

namespace tandem::cpu {

using ActivationForms = uint32_t;  // A set of the bits below.

inline constexpr ActivationForms kFormFloat = 1;      // fp32
inline constexpr ActivationForms kFormPairs = 2;      // fp32, or bf16 where the CPU multiplies that faster
inline constexpr ActivationForms kFormInt8 = 4;       // int8 blocks of 32 with an fp32 scale
inline constexpr ActivationForms kFormHalfBias = 8;   // With kFormInt8: integer sums of each half block.
inline constexpr ActivationForms kFormSums = 16;      // With kFormInt8: fp32 sums of each block.
inline constexpr ActivationForms kFormHalfSums = 32;  // With kFormInt8: fp32 sums of each half block.

}  // namespace tandem::cpu
