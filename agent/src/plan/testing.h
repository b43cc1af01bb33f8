// Models without bytes and cost models of a few lines, for the tests of the solver.
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.h"
#include "model/weights.h"
#include "plan/plan.h"
#include "profile/cost_model.h"

namespace tandem::testing_plan {

struct ShapedModel {
  Weights weights;
  Graph graph;
};

inline WeightId add_weight(Weights& weights, const std::string& name, TensorType type, int64_t rows,
                           int64_t columns) {
  weights.table.push_back({name, {.type = type, .rows = rows, .columns = columns, .bytes = {}}});
  return static_cast<WeightId>(weights.table.size() - 1);
}

// A llama of this shape whose matrices have one type.
inline ShapedModel shaped_model(const HyperParameters& shape, TensorType type = TensorType::kQ4_0) {
  ShapedModel model;
  Weights& w = model.weights;
  const auto matrix = [&](const std::string& name, int64_t rows, int64_t columns) {
    return add_weight(w, name, type, rows, columns);
  };
  const auto vector = [&](const std::string& name) {
    return add_weight(w, name, TensorType::kF32, 1, shape.embedding);
  };
  w.token_embd = matrix("token_embd", shape.vocabulary, shape.embedding);
  w.output = matrix("output", shape.vocabulary, shape.embedding);
  w.output_norm = vector("output_norm");
  for (int64_t i = 0; i < shape.layers; ++i) {
    const std::string at = "blk." + std::to_string(i) + ".";
    LayerWeights layer;
    layer.attn_norm = vector(at + "attn_norm");
    layer.attn_q = matrix(at + "attn_q", shape.query_width(), shape.embedding);
    layer.attn_k = matrix(at + "attn_k", shape.kv_width(), shape.embedding);
    layer.attn_v = matrix(at + "attn_v", shape.kv_width(), shape.embedding);
    layer.attn_output = matrix(at + "attn_output", shape.embedding, shape.query_width());
    layer.ffn_norm = vector(at + "ffn_norm");
    layer.ffn_gate = matrix(at + "ffn_gate", shape.feed_forward, shape.embedding);
    layer.ffn_up = matrix(at + "ffn_up", shape.feed_forward, shape.embedding);
    layer.ffn_down = matrix(at + "ffn_down", shape.embedding, shape.feed_forward);
    w.layers.push_back(layer);
  }
  model.graph = build_graph(shape, w, InPlace::kResidual);
  return model;
}

inline HyperParameters llama_8b(int64_t layers = 32) {
  return {.family = Family::kLlama,
          .name = "Llama-3-8B",
          .layers = layers,
          .embedding = 4096,
          .feed_forward = 14336,
          .heads = 32,
          .kv_heads = 8,
          .head_dim = 128,
          .vocabulary = 128256,
          .trained_context = 8192,
          .norm_epsilon = 1e-5F,
          .rope_dims = 128,
          .rope_base = 500000};
}

// One matmul between two ops of the primary: what the paper's Table 3 looks at.
inline ShapedModel single_matmul(int64_t n, int64_t k, TensorType type = TensorType::kQ4_0) {
  ShapedModel model;
  Graph& graph = model.graph;
  const WeightId norm = add_weight(model.weights, "norm", TensorType::kF32, 1, k);
  const WeightId weight = add_weight(model.weights, "matmul", type, n, k);
  graph.values = {{.width = k}, {.width = k}, {.width = n}, {.width = n}};
  graph.ops = {{.kind = OpKind::kNorm,
                .name = "norm",
                .inputs = {0, kNoValue},
                .output = 1,
                .weight = norm,
                .k = k,
                .n = k},
               {.kind = OpKind::kMatmul,
                .name = "matmul",
                .inputs = {1, kNoValue},
                .output = 2,
                .weight = weight,
                .k = k,
                .n = n},
               {.kind = OpKind::kSwiglu, .name = "after", .inputs = {2, 2}, .output = 3, .k = n, .n = n}};
  return model;
}

// The primary is linear in tokens and rows over a floor, the NPU a staircase with a floor. Times in us.
struct ToyCosts : CostModel {
  ProcessorKind primary_kind = ProcessorKind::kGpu;
  bool npu = true;
  NpuSupport support = NpuSupport::kRuns;
  double primary_floor = 20, primary_rate = 50;  // Rate: tokens x rows x columns / 1e6 per us.
  double npu_floor = 20, npu_rate = 400, npu_bytes_rate = 20000;
  double slowdown = 1;
  SyncCosts sync_costs{.join_us = 10, .submit_us = 2, .drained_submit_us = 20};
  Power power_figures;
  double compile = 1000;
  int64_t bytes_of_graph = 1 << 20;
  int64_t bytes_per_weight = 0;

  Estimate matmul(ProcessorKind processor, const MatmulWork& work) const override {
    const double size = static_cast<double>(work.n) * static_cast<double>(work.k) / 1e6;
    if (processor == ProcessorKind::kNpu) {
      const double tokens = static_cast<double>((work.m + 31) / 32 * 32);
      return {npu_floor + std::max(size * tokens / npu_rate, size * 1e6 / npu_bytes_rate)};
    }
    return {primary_floor + std::max(size * static_cast<double>(work.m) / primary_rate, size * 1e6 / 40000)};
  }
  Estimate other(ProcessorKind, OpKind, int64_t bytes, int64_t) const override {
    return {static_cast<double>(bytes) / 40000 + 1};
  }
  double slowdown_together(ProcessorKind, const MatmulWork&, const MatmulWork&) const override {
    return slowdown;
  }
  SyncCosts sync(SyncMode mode) const override {
    SyncCosts costs = sync_costs;
    if (mode == SyncMode::kDriver) costs.join_us = 400;
    return costs;
  }
  NpuSupport npu_support(const MatmulWork&) const override { return support; }
  double compile_us(const MatmulWork&) const override { return compile; }
  int64_t graph_bytes(const MatmulWork&) const override { return bytes_of_graph; }
  int64_t graph_weight_bytes(const MatmulWork& work) const override {
    return bytes_per_weight * work.n * work.k;
  }
  Power power() const override { return power_figures; }
  ProcessorKind primary() const override { return primary_kind; }
  bool has_npu() const override { return npu; }
  Origin origin() const override { return Origin::kModeled; }
  std::string name() const override { return "toy"; }
};

}  // namespace tandem::testing_plan
