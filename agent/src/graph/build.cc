#include <algorithm>
#include <string>
#include <utility>

#include "graph/graph.h"
#include "graph/slots.h"

namespace tandem {
namespace {

// Appends ops; every method returns the value it made.
class Builder {
 public:
  Builder(const HyperParameters& shape, const Weights& weights) : weights_(weights) { graph_.shape = shape; }

  void enter_layer(int32_t layer) {
    layer_ = layer;
    prefix_ = layer < 0 ? "" : "blk." + std::to_string(layer) + ".";
  }

  ValueId embed() {
    return append({.kind = OpKind::kEmbed,
                   .name = "token_embd",
                   .weight = weights_.token_embd,
                   .k = graph_.shape.embedding,
                   .n = graph_.shape.embedding});
  }

  ValueId norm(const char* name, ValueId input, WeightId weight) {
    return append({.kind = OpKind::kNorm,
                   .name = prefix_ + name,
                   .inputs = {input, kNoValue},
                   .weight = weight,
                   .rows = rows(input),
                   .k = width(input),
                   .n = width(input)});
  }

  ValueId head_norm(const char* name, ValueId input, WeightId weight, int64_t heads) {
    if (weight == kNoWeight) return input;
    return append({.kind = OpKind::kHeadNorm,
                   .name = prefix_ + name,
                   .inputs = {input, kNoValue},
                   .weight = weight,
                   .rows = rows(input),
                   .k = width(input),
                   .n = width(input),
                   .heads = heads});
  }

  ValueId matmul(const char* name, ValueId input, WeightId weight, WeightId bias = kNoWeight) {
    return append({.kind = OpKind::kMatmul,
                   .name = prefix_ + name,
                   .inputs = {input, kNoValue},
                   .weight = weight,
                   .bias = bias,
                   .rows = rows(input),
                   .k = width(input),
                   .n = weights_.view(weight).rows});
  }

  ValueId rope(const char* name, ValueId input, int64_t heads) {
    return append({.kind = OpKind::kRope,
                   .name = prefix_ + name,
                   .inputs = {input, kNoValue},
                   .weight = weights_.rope_freqs,
                   .rows = rows(input),
                   .k = width(input),
                   .n = width(input),
                   .heads = heads,
                   .local = graph_.shape.is_local(layer_)});
  }

  void kv_append(ValueId k, ValueId v) {
    append({.kind = OpKind::kKvAppend,
            .name = prefix_ + "kv_append",
            .inputs = {k, v},
            .rows = rows(k),
            .k = width(k),
            .n = width(k),
            .heads = graph_.shape.kv_heads});
  }

  ValueId select(const char* name, ValueId input) {
    return append({.kind = OpKind::kSelect,
                   .name = prefix_ + name,
                   .inputs = {input, kNoValue},
                   .rows = Rows::kLogits,
                   .k = width(input),
                   .n = width(input)});
  }

  ValueId attention(ValueId q) {
    return append({.kind = OpKind::kAttention,
                   .name = prefix_ + "attn",
                   .inputs = {q, kNoValue},
                   .rows = rows(q),
                   .k = width(q),
                   .n = width(q),
                   .heads = graph_.shape.heads,
                   .local = graph_.shape.is_local(layer_)});
  }

  ValueId gated(ValueId gate, ValueId up) {
    return binary(is_gemma(graph_.shape.family) ? OpKind::kGeglu : OpKind::kSwiglu, "ffn_act", gate, up);
  }

  // Nothing where the family has none.
  ValueId post_norm(const char* name, ValueId input, WeightId weight) {
    return weight == kNoWeight ? input : norm(name, input, weight);
  }

  ValueId softcap(ValueId logits) {
    if (graph_.shape.logit_softcap == 0) return logits;
    return append({.kind = OpKind::kSoftcap,
                   .name = "output_softcap",
                   .inputs = {logits, kNoValue},
                   .rows = rows(logits),
                   .k = width(logits),
                   .n = width(logits)});
  }
  ValueId add(const char* name, ValueId a, ValueId b) { return binary(OpKind::kAdd, name, a, b); }

  Graph finish(ValueId logits, InPlace in_place) && {
    graph_.logits = logits;
    assign_slots(graph_, in_place);
    return std::move(graph_);
  }

 private:
  [[nodiscard]] Rows rows(ValueId id) const { return graph_.values[static_cast<size_t>(id)].rows; }
  [[nodiscard]] int64_t width(ValueId id) const { return graph_.values[static_cast<size_t>(id)].width; }

  ValueId binary(OpKind kind, const char* name, ValueId a, ValueId b) {
    return append({.kind = kind,
                   .name = prefix_ + name,
                   .inputs = {a, b},
                   .rows = rows(a),
                   .k = width(a),
                   .n = width(a)});
  }

  ValueId append(Op op) {
    op.layer = layer_;
    if (op.kind != OpKind::kKvAppend) {
      op.output = static_cast<ValueId>(graph_.values.size());
      graph_.values.push_back({.rows = op.rows, .width = op.n});
    }
    graph_.ops.push_back(std::move(op));
    return graph_.ops.back().output;
  }

  const Weights& weights_;
  Graph graph_;
  int32_t layer_ = -1;
  std::string prefix_;
};

}  // namespace

// Pre-norm transformer with grouped-query attention and a gated feed-forward part. Families differ in biases,
// in norms of heads and behind each half of a layer, in the gate, in what a layer sees and in caps. From the
// last layer's queries on, only the rows whose logits are wanted are computed.
Graph build_graph(const HyperParameters& shape, const Weights& weights, InPlace in_place) {
  Builder build(shape, weights);
  ValueId residual = build.embed();
  for (int32_t layer = 0; layer < shape.layers; ++layer) {
    const LayerWeights& w = weights.layers[static_cast<size_t>(layer)];
    const bool last = layer + 1 == shape.layers;
    build.enter_layer(layer);

    const ValueId normed = build.norm("attn_norm", residual, w.attn_norm);
    ValueId k = build.matmul("attn_k", normed, w.attn_k, w.attn_k_bias);
    k = build.head_norm("attn_k_norm", k, w.attn_k_norm, shape.kv_heads);
    k = build.rope("rope_k", k, shape.kv_heads);
    const ValueId v = build.matmul("attn_v", normed, w.attn_v, w.attn_v_bias);
    build.kv_append(k, v);

    ValueId query_input = normed;
    if (last) {
      query_input = build.select("select_query", normed);
      residual = build.select("select_residual", residual);
    }
    ValueId q = build.matmul("attn_q", query_input, w.attn_q, w.attn_q_bias);
    q = build.head_norm("attn_q_norm", q, w.attn_q_norm, shape.heads);
    q = build.rope("rope_q", q, shape.heads);
    ValueId attended = build.matmul("attn_output", build.attention(q), w.attn_output);
    attended = build.post_norm("attn_post_norm", attended, w.attn_post_norm);
    residual = build.add("attn_add", residual, attended);

    const ValueId ffn_input = build.norm("ffn_norm", residual, w.ffn_norm);
    const ValueId gate = build.matmul("ffn_gate", ffn_input, w.ffn_gate);
    const ValueId up = build.matmul("ffn_up", ffn_input, w.ffn_up);
    ValueId down = build.matmul("ffn_down", build.gated(gate, up), w.ffn_down);
    down = build.post_norm("ffn_post_norm", down, w.ffn_post_norm);
    residual = build.add("ffn_add", residual, down);
  }
  build.enter_layer(-1);
  const ValueId normed = build.norm("output_norm", residual, weights.output_norm);
  const ValueId logits = build.softcap(build.matmul("output", normed, weights.output));
  return std::move(build).finish(logits, in_place);
}

}  // namespace tandem
