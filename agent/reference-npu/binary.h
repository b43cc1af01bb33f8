// Context binaries: packed weights and graphs behind a header with a version and a checksum, so that a cut,
// spoilt or foreign file is told from a good one.
#pragma once

#include "graph.h"

namespace tandem::npu {

qnn::abi::Status context_get_binary_size(qnn::abi::Context context, uint64_t* bytes);
qnn::abi::Status context_get_binary(qnn::abi::Context context, void* buffer, uint64_t capacity,
                                    uint64_t* written);
qnn::abi::Status context_create_from_binary(qnn::abi::Backend backend, qnn::abi::Device device,
                                            qnn::abi::Configs configs, const void* binary, uint64_t bytes,
                                            qnn::abi::Context* context, qnn::abi::Profile profile);

}  // namespace tandem::npu
