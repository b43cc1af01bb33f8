// What there is to measure of a model: distinct shapes, and the lengths and row splits of each.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "processor/part.h"
#include "profile/measure.h"
#include "profile/profile.h"

namespace tandem {

// Rows of one matmul's weight on one processor, at some lengths: they share their packed weight.
struct MatmulTask {
  ProcessorKind processor = ProcessorKind::kCpu;
  OpId op = 0;
  MatmulWork work;               // n: rows of this part; m is not set.
  std::vector<int64_t> lengths;  // That the profile lacks.
};

// Most telling first: whole weights before splits.
[[nodiscard]] std::vector<MatmulTask> matmul_tasks(const MeasureRequest& request, const Profile& profile);

struct OtherTask {
  OpId op = 0;
  int64_t tokens = 0;
};
[[nodiscard]] std::vector<OtherTask> other_tasks(const MeasureRequest& request, const Profile& profile);

// The part that a task runs at a length: first rows on the primary, last ones on the NPU.
[[nodiscard]] Part part_of(const Graph& graph, OpId op, ProcessorKind processor, int64_t rows,
                           int64_t tokens);

[[nodiscard]] inline StepShape step_of(int64_t tokens) {
  return {.tokens = tokens, .position = 0, .logit_rows = 1};
}

}  // namespace tandem
