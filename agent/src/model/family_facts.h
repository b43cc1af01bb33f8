// What only some families have: windows, caps, scales, a second rotation.
#pragma once

#include "base/result.h"
#include "model/hyper_parameters.h"
#include "model/metadata.h"

namespace tandem {

// Fills in what the family adds to a shape whose sizes and rope scale are read already.
// Errors: model-incomplete, model-bad-values, unsupported.
[[nodiscard]] Result<void> read_family_facts(const Metadata& read, HyperParameters& shape);

}  // namespace tandem
