// What there is to compare in a model: one op for all that differ in nothing but their weights' values.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "model/weights.h"

namespace tandem {

struct VerifyTask {
  std::vector<OpId> ops;   // Run one after another; the output of the last is compared.
  int64_t stands_for = 1;  // Ops of the model that are like the last.
};

// Each kind and shape of op, each matmul by shape and type of weight. Keys and values that were appended are
// compared through the attention that reads them, because every processor has its own layout for them.
[[nodiscard]] std::vector<VerifyTask> verify_tasks(const Graph& graph, const Weights& weights);

}  // namespace tandem
