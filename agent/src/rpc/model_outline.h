// A model's header as a trace carries it and plan/solve takes it back: the metadata that shapes the family's
// graph and the shapes of the tensors, without a vocabulary and without data.
#pragma once

#include "base/result.h"
#include "gguf/file.h"
#include "json/fields.h"
#include "model/weights.h"

namespace tandem::rpc {

// {metadata: {key: value}, tensors: [{name, type, dims, layers?}]}; the tensors of equal layers are one
// entry, `blk.*.ffn_down.weight` with the layers that have it as pairs [first, last].
[[nodiscard]] Json outline_json(const GgufFile& file);

// A GGUF file with no data, from such an object. Errors: invalid-argument, naming the field.
[[nodiscard]] Result<std::string> outline_file(const Json& outline);

}  // namespace tandem::rpc
