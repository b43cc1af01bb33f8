// Errors of the QNN interface in words.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "backends/qnn/abi/status.h"
#include "base/error.h"

namespace tandem::qnn {

struct StatusWords {
  std::string_view name;    // As in Qualcomm's documentation, for a search.
  std::string_view reason;  // Ends a sentence: "... because <reason>".
};

// Of every code that Tandem knows; of others a general one.
[[nodiscard]] StatusWords status_words(abi::Status status);

// What a status means to the caller of prepare(): out-of-memory; unsupported where the provider cannot run
// the op or shape; else processor-failed.
[[nodiscard]] ErrorCode status_error_code(abi::Status status);

// "<what> because <reason>; <advice>." with `status` and `status_name` in the context.
[[nodiscard]] Error status_error(std::string_view what, abi::Status status, std::string_view advice,
                                 std::map<std::string, std::string> context = {},
                                 ErrorCode code = ErrorCode::kProcessorFailed);

}  // namespace tandem::qnn
