// out[m, n] = sum over k of input[m, k] * weight[n, k].
#pragma once

#include <cstdint>

#include "backends/cpu/packed_matrix.h"
#include "backends/cpu/prepared_activations.h"

namespace tandem::cpu {

// weight: [N, K]; input: [M, K] prepared in (at least) the weight's forms; out: [M, N], out_stride floats
// apart. Quantised weights multiply the input rounded to int8 in blocks of 32 (NMSE about 1e-5), the others
// fp32 (on CPUs with AVX-512 BF16 and M > 8: F16 and BF16 weights multiply rounded to bf16, NMSE about 3e-6).
void matmul(const PackedMatrix& weight, const PreparedActivations& input, float* out, int64_t out_stride,
            const Target& target);

// The same with rows [first_row, first_row + rows) of the weight only; out: [M, rows].
void matmul_rows(const PackedMatrix& weight, int64_t first_row, int64_t rows,
                 const PreparedActivations& input, float* out, int64_t out_stride, const Target& target);

}  // namespace tandem::cpu
