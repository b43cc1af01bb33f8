// What the tests of this folder share: one matmul as a graph, its weight of any type, and the plain truth.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backends/qnn/qnn_processor.h"
#include "backends/qnn/rpcmem.h"
#include "tensor/convert.h"

namespace tandem::qnn::testing {

inline QnnOptions reference_options() {
  QnnOptions options;
  options.library = TANDEM_REFERENCE_NPU;
  return options;
}

// Sets a variable of the environment while it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

// input [tokens, k] x weight [n, k]^T (+ bias [n]) -> output [tokens, n], `ops` times with weights of their
// own.
struct MatmulModel {
  Graph graph;
  Weights weights;
  std::vector<std::vector<std::byte>> bytes;
  std::vector<std::vector<float>> values;  // What each weight's bytes stand for.

  MatmulModel(TensorType type, int64_t n, int64_t k, bool has_bias, int64_t ops = 1) {
    std::mt19937 random(static_cast<uint32_t>(n * 31 + k));
    graph.values = {{Rows::kTokens, k, 0}, {Rows::kTokens, n, 1}};
    graph.slot_widths = {k, n, 1};
    for (int64_t i = 0; i < ops; ++i) {
      const std::string name = "blk." + std::to_string(i) + ".ffn_up";
      Op op;
      op.kind = OpKind::kMatmul;
      op.name = name;
      op.inputs[0] = 0;
      op.output = 1;
      op.weight = add(name, type, n, k, random);
      if (has_bias) op.bias = add(name + ".bias", TensorType::kF32, 1, n, random);
      op.k = k;
      op.n = n;
      graph.ops.push_back(op);
    }
  }

  WeightId add(const std::string& name, TensorType type, int64_t rows, int64_t columns,
               std::mt19937& random) {
    std::normal_distribution<float> normal(0, 0.05F);
    const size_t stride = row_bytes(type, static_cast<uint64_t>(columns));
    std::vector<std::byte> packed(static_cast<size_t>(rows) * stride);
    std::vector<float> plain(static_cast<size_t>(rows * columns));
    for (int64_t r = 0; r < rows; ++r) {
      float* row = plain.data() + r * columns;
      std::byte* blocks = packed.data() + static_cast<size_t>(r) * stride;
      for (int64_t c = 0; c < columns; ++c) row[c] = normal(random);
      quantize_row(type, row, columns, blocks);
      dequantize_row(type, blocks, columns, row);
    }
    bytes.push_back(std::move(packed));
    values.push_back(std::move(plain));
    weights.table.push_back({name, {type, rows, columns, bytes.back()}});
    return static_cast<WeightId>(weights.table.size()) - 1;
  }
};

// A processor and a program over a pool that it maps.
struct Npu {
  std::unique_ptr<QnnProcessor> processor;
  std::unique_ptr<ActivationPool> pool;
  std::unique_ptr<Program> program;

  static Result<Npu> make(const Graph& graph, int64_t tokens, const QnnOptions& options,
                          const SharedMemoryAllocator& allocate) {
    Npu npu;
    TANDEM_ASSIGN(npu.processor, QnnProcessor::create(options));
    TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(graph, tokens, 1, allocate));
    npu.pool = std::make_unique<ActivationPool>(std::move(pool));
    TANDEM_ASSIGN(npu.program, npu.processor->make_program(graph, *npu.pool, nullptr));
    return npu;
  }
  static Result<Npu> make(const Graph& graph, int64_t tokens,
                          const QnnOptions& options = reference_options()) {
    TANDEM_ASSIGN(const SharedMemoryAllocator allocate, rpcmem_allocator(options));
    return make(graph, tokens, options, allocate);
  }

  Result<void> prepare(const MatmulModel& model, std::span<const Part> parts) const {
    return program->prepare(parts, {model.weights, {}, nullptr, nullptr});
  }
  Result<void> run(std::span<const Part> parts, int64_t tokens, uint64_t number = 1,
                   TraceRing* trace = nullptr) const {
    Step step;
    step.shape = {tokens, 0, 0};
    step.trace = trace;
    return program->submit({parts, number, true, 7}, step);
  }
  [[nodiscard]] float* input() const { return reinterpret_cast<float*>(pool->slot(0).bytes().data()); }
  [[nodiscard]] float* output() const { return reinterpret_cast<float*>(pool->slot(1).bytes().data()); }
};

inline Part whole(const MatmulModel& model, int64_t tokens, OpId op = 0) {
  Part part;
  part.op = op;
  part.rows = model.graph.ops[static_cast<size_t>(op)].n;
  part.tokens = part.padded_tokens = tokens;
  return part;
}

inline void fill_input(const MatmulModel& model, const Npu& npu, int64_t tokens) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (int64_t i = 0; i < tokens * model.graph.ops[0].k; ++i) npu.input()[i] = normal(random);
}

// Of output features [first, first + rows) of tokens [first_token, +tokens) in the layout of the part,
// against fp32 loops.
inline double part_error(const MatmulModel& model, const Npu& npu, const Part& part, int64_t step_tokens) {
  const Op& op = model.graph.ops[static_cast<size_t>(part.op)];
  const std::vector<float>& weight = model.values[static_cast<size_t>(op.weight)];
  double error = 0, power = 0;
  for (int64_t t = part.first_token; t < part.first_token + part.tokens; ++t) {
    for (int64_t r = part.first_row; r < part.first_row + part.rows; ++r) {
      float sum =
          op.bias == kNoWeight ? 0 : model.values[static_cast<size_t>(op.bias)][static_cast<size_t>(r)];
      for (int64_t c = 0; c < op.k; ++c)
        sum += npu.input()[t * op.k + c] * weight[static_cast<size_t>(r * op.k + c)];
      const double got = npu.output()[split_index(t, r, step_tokens, op.n, part.output_split)];
      error += (got - sum) * (got - sum);
      power += static_cast<double>(sum) * sum;
    }
  }
  const double ratio = error / (power + 1e-30);
  return std::isnan(ratio) ? INFINITY : ratio;
}

}  // namespace tandem::qnn::testing
