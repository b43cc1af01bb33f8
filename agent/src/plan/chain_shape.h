// The graph as the solver sees it: ops of equal cost in classes, and runs of ops between which nothing is
// pending in segments, each distinct one kept once. An 8B model of 32 layers has about ten.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "model/weights.h"
#include "profile/cost_model.h"

namespace tandem {

// Ops that cost the same at every length and that the same override holds for.
struct OpClass {
  bool matmul = false;
  MatmulWork work;  // Of a matmul; m is not set.
  Rows rows = Rows::kTokens;
  int32_t override_index = -1;
  OpId example = 0;
  int64_t count = 0;
};

struct SegmentOp {
  int32_t op_class = 0;
  // Ops of this segment that produce the inputs; -1: an earlier segment does, or there is none.
  std::array<int32_t, 2> inputs = {-1, -1};
};

struct Segment {
  std::vector<SegmentOp> ops;
  int64_t count = 0;
};

struct SegmentInstance {
  int32_t segment = 0;
  OpId first = 0;
};

struct ChainShape {
  std::vector<OpClass> classes;
  std::vector<int32_t> class_of_op;
  std::vector<Segment> segments;
  std::vector<SegmentInstance> instances;  // In the graph's order; they cover its ops.
};

// A segment ends behind an op of the primary by which every matmul before it has been waited for, and before
// which nothing was computed that a later matmul reads. `override_of_op`: overrides.h.
[[nodiscard]] ChainShape find_chain_shape(const Graph& graph, const Weights& weights,
                                          const std::vector<int32_t>& override_of_op);

}  // namespace tandem
