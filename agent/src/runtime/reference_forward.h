// For tests only: the transformer as plain loops over dequantised weights, in fp32 with sums in double. It
// shares no code with the graph, the kernels or the cache, so what both get wrong in the same way is
// unlikely.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gguf/file.h"
#include "model/hyper_parameters.h"

namespace tandem {

// Logits of every token: [tokens, vocabulary]. Of the shape it takes the sizes; what is special in a family
// it reads from the file itself. `context`: the length that the model is loaded for, which phi3's rotation
// depends on.
[[nodiscard]] std::vector<float> reference_forward(const GgufFile& file, const HyperParameters& shape,
                                                   std::span<const int32_t> tokens, int64_t context = 0);

// Normalised mean square error: sum((a - b)^2) / sum(b^2).
[[nodiscard]] double nmse(std::span<const float> values, std::span<const float> truth);

}  // namespace tandem
