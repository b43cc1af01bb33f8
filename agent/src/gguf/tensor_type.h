// Names of tensor types for messages, also of those that Tandem does not run.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

// For example "IQ4_XS", or "number 77" for an id that ggml does not have.
[[nodiscard]] std::string ggml_type_name(uint32_t ggml_id);

// "F32, F16, Q4_0, ..."
[[nodiscard]] std::string supported_type_names();

}  // namespace tandem
