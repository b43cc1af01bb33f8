// Comparing a loaded model's ops on this device's GPU and NPU with its CPU.
#pragma once

#include <vector>

#include "base/result.h"
#include "json/fields.h"
#include "rpc/complete_options.h"
#include "runtime/session.h"

namespace tandem::rpc {

struct VerifyParams {
  int64_t model_id = 0;
  std::vector<ProcessorKind> processors;  // Empty: every one that is ready.
};

// Error: invalid-argument, naming the field.
[[nodiscard]] Result<VerifyParams> parse_verify(const Json& params);

// VerifyResult of protocol.schema.json. Processors are made anew, whatever runs the model; the NPU's graphs
// are not kept. Errors: processor-missing (there is nothing to compare), those of the processors,
// out-of-memory.
[[nodiscard]] Result<Json> verify_model(const Session& session, const VerifyParams& params,
                                        const System& system, const CompleteHooks& hooks);

}  // namespace tandem::rpc
