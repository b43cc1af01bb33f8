// Finds weights that cannot be right, before they turn every answer into noise.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/view.h"

namespace tandem {

// Error model-bad-values, naming the tensor, where a float or a block's scale is NaN or infinite. Reads
// scales only, except for F32, F16 and BF16. Safe to call on parts of a tensor's rows, from several threads.
[[nodiscard]] Result<void> check_values(std::string_view name, const TensorView& view);

}  // namespace tandem
