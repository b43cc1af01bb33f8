// The model as data: ops over values, in execution order. It knows shapes, never memory or processors, so it
// can be printed, placed by a plan and costed without a weight in sight.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/hyper_parameters.h"
#include "model/weights.h"

namespace tandem {

enum class OpKind {
  kEmbed,      // token ids -> [M, E], times the shape's embedding scale
  kNorm,       // RMS norm of each row, times weight
  kHeadNorm,   // RMS norm of each head of each row, times weight [head_dim] (qwen3, gemma3)
  kMatmul,     // [M, K] x [N, K]^T (+ bias [N]) -> [M, N]
  kRope,       // rotates each head by its token's position
  kKvAppend,   // writes k and v of these tokens into the layer's cache
  kSelect,     // the last L of M rows: the ones whose logits are wanted
  kAttention,  // q [rows, heads * head_dim] against the layer's cache
  kSwiglu,     // silu(gate) * up
  kAdd,
  kGeglu,    // gelu(gate) * up, gelu by tanh
  kSoftcap,  // cap * tanh(x / cap), on logits in place
};

// The word in traces: `matmul`, `norm`, `activation`, ...
[[nodiscard]] const char* op_kind_name(OpKind kind);

// How many rows a value has: all tokens of the step (M), or only those whose logits are wanted (L).
enum class Rows { kTokens, kLogits };

using ValueId = int32_t;
using OpId = int32_t;
inline constexpr ValueId kNoValue = -1;

// An activation, [rows, width] of fp32.
struct Value {
  Rows rows = Rows::kTokens;
  int64_t width = 0;
  int32_t slot = -1;  // Of the activation pool; see slots.h.
};

struct Op {
  OpKind kind = OpKind::kAdd;
  std::string name;    // `blk.7.ffn_down`, `output_norm`
  int32_t layer = -1;  // -1 outside layers.
  std::array<ValueId, 2> inputs = {kNoValue, kNoValue};
  ValueId output = kNoValue;
  WeightId weight = kNoWeight;
  WeightId bias = kNoWeight;
  Rows rows = Rows::kTokens;
  int64_t k = 0;       // Width of the first input; the embedding width for kEmbed.
  int64_t n = 0;       // Width of the output; of the cache row for kKvAppend.
  int64_t heads = 0;   // Of the rotated, normalised or attending value; 0 elsewhere.
  bool local = false;  // Rope and attention of a layer that sees only the shape's window.
};

struct Graph {
  HyperParameters shape;
  std::vector<Value> values;
  std::vector<Op> ops;
  std::vector<int64_t> slot_widths;  // fp32 elements per token row, of each slot of the pool.
  ValueId logits = kNoValue;         // [L, vocabulary]; it has a slot of its own, the last one.
};

// One pass of `tokens` rows whose first sits at `position`; logits are wanted for the last `logit_rows` of
// them.
struct StepShape {
  int64_t tokens = 0;  // M
  int64_t position = 0;
  int64_t logit_rows = 0;  // L, 0 to M
  [[nodiscard]] int64_t rows(Rows kind) const { return kind == Rows::kTokens ? tokens : logit_rows; }
};

// Which ops write over their first input. A matmul that two processors share leaves its output as two dense
// blocks (processor/part.h), and no op can change that layout in place; a residual is always one block.
enum class InPlace { kElementWise, kResidual };

[[nodiscard]] Graph build_graph(const HyperParameters& shape, const Weights& weights,
                                InPlace in_place = InPlace::kElementWise);

}  // namespace tandem
