// The .cl files of kernels/, embedded by embed_kernels.cmake.
#pragma once

#include <string_view>

namespace tandem::opencl {

extern const std::string_view k_common_source;
extern const std::string_view k_subgroups_source;
extern const std::string_view k_elementwise_source;
extern const std::string_view k_quantize_source;
extern const std::string_view k_weights_source;
extern const std::string_view k_gemv_source;
extern const std::string_view k_gemv_dot_source;
extern const std::string_view k_gemm_source;
extern const std::string_view k_attention_source;

}  // namespace tandem::opencl
