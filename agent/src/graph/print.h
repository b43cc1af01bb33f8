// The graph as text, one line per op, for people and for golden files.
#pragma once

#include <string>

#include "graph/graph.h"

namespace tandem {

// `%3 = matmul blk.0.attn_k(%1) [M, 64] × [32, 64] F32 slot 2`
[[nodiscard]] std::string print_graph(const Graph& graph, const Weights& weights);

}  // namespace tandem
