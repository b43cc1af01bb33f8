// One processor's part of one op in one step, and how the parts of two processors lie in one output.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "graph/graph.h"
#include "graph/strategy.h"

namespace tandem {

// A value [M, width] of the activation pool is dense, or, where two processors split its features, two dense
// blocks one behind the other: columns [0, split) of all M rows, then columns [split, width) of all M rows.
// So each half is one contiguous piece of memory that one processor writes and nothing has to be copied
// together. 0 means one block. M is the step's own number of rows, also where a graph computes padded ones
// behind them.
using Split = int64_t;

// Where element (row, column) of a value lies, in elements from its begin.
[[nodiscard]] constexpr int64_t split_index(int64_t row, int64_t column, int64_t rows, int64_t width,
                                            Split split) {
  if (split == 0) return row * width + column;
  if (column < split) return row * split + column;
  return rows * split + row * (width - split) + (column - split);
}

struct Part {
  OpId op = 0;
  // Output features [first_row, first_row + rows) of a matmul (rows of its weight); all n of other ops.
  int64_t first_row = 0;
  int64_t rows = 0;
  // Rows [first_token, first_token + tokens) of the op's output: of the step's tokens, or of its logit rows
  // where op.rows is kLogits.
  int64_t first_token = 0;
  int64_t tokens = 0;
  // Rows that are really computed: `tokens`, or more on a processor with static shapes. The pool has memory
  // for them behind the value; what they read is finite and what they write is never read.
  int64_t padded_tokens = 0;
  // Layouts of the inputs and of the output. Only matmuls write a split output, and only norms, rope, KV
  // append, gates, the softcap and the second input of add read one. A part with 0 < rows < n writes the
  // block that its features are; its output_split is the column where the second block begins.
  std::array<Split, 2> input_split = {0, 0};
  Split output_split = 0;
  // For the trace.
  Strategy strategy = Strategy::kCpu;
  uint16_t share = 1000;      // Per mille of the op.
  uint32_t predicted_ns = 0;  // Of this part; 0: nothing was predicted.
};

// Parts that a processor runs one after another without waiting for another processor in between.
struct Batch {
  std::span<const Part> parts;
  uint64_t number = 0;  // 1, 2, ... on each program, without gaps, over all steps.
  bool signals = true;  // Somebody waits for it: completed() must reach `number` without a finish().
  uint32_t flow = 0;    // For the trace: the record of its last part carries this; 0: none.
};

}  // namespace tandem
