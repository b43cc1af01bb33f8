#include "backends/cpu/cpu_program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "backends/cpu/elementwise.h"
#include "backends/cpu/matmul.h"
#include "base/clock.h"
#include "tensor/convert.h"

namespace tandem::cpu {
namespace {

RopeOptions rope_options(const HyperParameters& shape, const Weights& weights) {
  RopeOptions options;
  options.pairs =
      shape.rope_style == RopeStyle::kInterleaved ? RopePairs::kInterleaved : RopePairs::kSplitHalf;
  options.dims = shape.rope_dims;
  options.base = shape.rope_base;
  options.scale = shape.rope_scale;
  if (weights.rope_freqs != kNoWeight) {
    const TensorView& view = weights.view(weights.rope_freqs);
    options.factors.resize(static_cast<size_t>(view.columns));
    dequantize_row(view.type, view.bytes.data(), view.columns, options.factors.data());
  }
  return options;
}

bool is_matrix(OpKind kind) { return kind == OpKind::kMatmul || kind == OpKind::kEmbed; }

}  // namespace

CpuProgram::CpuProgram(const CompileRequest& request, const Target& target)
    : shape_(request.graph.shape),
      target_(target),
      rope_(rope_options(request.graph.shape, request.weights)) {}

Result<std::unique_ptr<CpuProgram>> CpuProgram::compile(const CompileRequest& request, const Target& target) {
  std::unique_ptr<CpuProgram> program(new CpuProgram(request, target));
  TANDEM_TRY(program->load_weights(request));
  TANDEM_TRY(program->make_scratch(request));
  program->compile_ops(request);
  program->plan_preparations();
  return program;
}

Result<void> CpuProgram::load_weights(const CompileRequest& request) {
  for (OpId id = request.first; id < request.last; ++id) {
    const Op& op = request.graph.ops[static_cast<size_t>(id)];
    if (op.kind == OpKind::kRope) continue;  // Its factors went into the table.
    if (op.weight != kNoWeight)
      TANDEM_TRY(is_matrix(op.kind) ? pack(request, op.weight) : copy_vector(request, op.weight));
    if (op.bias != kNoWeight) TANDEM_TRY(copy_vector(request, op.bias));
  }
  return {};
}

// Tied weights are packed once. The file's rows are checked and given back while the packing goes on.
Result<void> CpuProgram::pack(const CompileRequest& request, WeightId id) {
  if (matrices_.contains(id)) return {};
  if (request.cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
  std::optional<Error> failed;
  const auto done = [&](int64_t first, int64_t rows) {
    if (failed || !request.copied) return;
    if (auto result = request.copied(id, first, rows); !result.ok()) failed = result.error();
  };
  TANDEM_ASSIGN(PackedMatrix matrix, PackedMatrix::pack(request.weights.view(id), target_, done));
  if (failed) return *failed;
  matrices_.emplace(id, std::move(matrix));
  return {};
}

Result<void> CpuProgram::copy_vector(const CompileRequest& request, WeightId id) {
  if (vectors_.contains(id)) return {};
  const TensorView& view = request.weights.view(id);
  std::vector<float> values(static_cast<size_t>(view.columns));
  dequantize_row(view.type, view.bytes.data(), view.columns, values.data());
  vectors_.emplace(id, std::move(values));
  if (request.copied) TANDEM_TRY(request.copied(id, 0, view.rows));
  return {};
}

Result<void> CpuProgram::make_scratch(const CompileRequest& request) {
  ActivationForms forms = 0;
  int64_t widest = 0;
  bool attends = false;
  for (OpId id = request.first; id < request.last; ++id) {
    const Op& op = request.graph.ops[static_cast<size_t>(id)];
    attends |= op.kind == OpKind::kAttention;
    if (op.kind != OpKind::kMatmul) continue;
    forms |= matrices_.at(op.weight).activation_forms();
    widest = std::max(widest, op.k);
  }
  if (widest > 0) {
    TANDEM_ASSIGN(prepared_, PreparedActivations::create(request.pool.max_tokens(), widest, forms));
  }
  if (attends) {
    TANDEM_ASSIGN(attention_, AttentionScratch::create(shape_.heads, shape_.head_dim));
  }
  return {};
}

void CpuProgram::compile_ops(const CompileRequest& request) {
  const Graph& graph = request.graph;
  const auto data = [&](ValueId id) -> float* {
    return id == kNoValue ? nullptr : request.pool.data(graph.values[static_cast<size_t>(id)]);
  };
  const auto vector = [&](WeightId id) { return id == kNoWeight ? nullptr : vectors_.at(id).data(); };
  auto& cache = static_cast<CpuCache&>(request.cache);
  for (OpId id = request.first; id < request.last; ++id) {
    const Op& op = graph.ops[static_cast<size_t>(id)];
    Compiled compiled{.id = id,
                      .kind = op.kind,
                      .rows = op.rows,
                      .a = data(op.inputs[0]),
                      .b = data(op.inputs[1]),
                      .out = data(op.output),
                      .k = op.k,
                      .n = op.n,
                      .heads = op.heads};
    if (op.inputs[0] != kNoValue) compiled.input_rows = graph.values[static_cast<size_t>(op.inputs[0])].rows;
    if (is_matrix(op.kind)) {
      compiled.matrix = &matrices_.at(op.weight);
      compiled.vector = vector(op.bias);
    } else if (op.kind == OpKind::kNorm || op.kind == OpKind::kHeadNorm) {
      compiled.vector = vector(op.weight);
    }
    if (op.kind == OpKind::kKvAppend || op.kind == OpKind::kAttention)
      compiled.cache = &cache.layer(op.layer);
    ops_.push_back(compiled);
  }
}

// A matmul's input is prepared once for all matmuls that read the same value without another in between.
void CpuProgram::plan_preparations() {
  Compiled* first = nullptr;
  for (Compiled& op : ops_) {
    if (first != nullptr && op.kind != OpKind::kMatmul && op.out == first->a)
      first = nullptr;  // Overwritten.
    if (op.kind != OpKind::kMatmul) continue;
    if (first == nullptr || first->a != op.a || first->rows != op.rows) first = &op;
    first->prepare |= op.matrix->activation_forms();
    if (op.out == first->a) first = nullptr;
  }
}

Result<void> CpuProgram::run(const Step& step) {
  const int64_t started = boottime_ns();
  int64_t now = started;
  for (const Compiled& op : ops_) {
    if (step.shape.rows(op.rows) == 0) continue;
    if (step.cancel.cancelled()) return Error{ErrorCode::kCancelled, "The run was cancelled.", {}};
    run_op(op, step);
    ++usage_.ops;
    if (step.trace == nullptr) continue;
    const int64_t begin =
        std::exchange(now, boottime_ns());  // One reading for each op: they follow one another.
    step.trace->push({.begin_ns = begin,
                      .end_ns = now,
                      .id = op.id,
                      .position = static_cast<int32_t>(step.shape.position),
                      .tokens = static_cast<uint16_t>(step.shape.tokens),
                      .logit_rows = static_cast<uint16_t>(step.shape.logit_rows)});
  }
  usage_.busy_ns += boottime_ns() - started;
  return {};
}

void CpuProgram::run_op(const Compiled& op, const Step& step) {
  const int64_t rows = step.shape.rows(op.rows);
  // Position of the op's first row: rows are the last ones of the step.
  const int64_t position = step.shape.position + step.shape.tokens - rows;
  switch (op.kind) {
    case OpKind::kEmbed:
      target_.pool.parallel_for(rows, 8, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
          op.matrix->dequantize_row(step.tokens[static_cast<size_t>(i)], op.out + i * op.n);
        }
      });
      return;
    case OpKind::kNorm:
      return rms_norm(op.a, op.vector, shape_.norm_epsilon, rows, op.n, op.out, target_);
    case OpKind::kHeadNorm:
      return rms_norm(op.a, op.vector, shape_.norm_epsilon, rows * op.heads, op.n / op.heads, op.out,
                      target_);
    case OpKind::kMatmul:
      if (op.prepare != 0) prepared_.prepare(op.a, op.k, rows, op.k, op.prepare, target_);
      matmul(*op.matrix, prepared_, op.out, op.n, target_);
      if (op.vector != nullptr) add_bias(op.vector, rows, op.n, op.out, target_);
      return;
    case OpKind::kRope:
      rope_.set_positions(position, rows);
      if (op.out != op.a) std::memcpy(op.out, op.a, static_cast<size_t>(rows * op.n) * sizeof(float));
      return rope_.apply(op.out, rows, op.heads, shape_.head_dim, target_);
    case OpKind::kKvAppend:
      return kv_append(op.a, op.b, rows, position, *op.cache, target_);
    case OpKind::kSelect:
      std::memmove(op.out, op.a + (step.shape.rows(op.input_rows) - rows) * op.n,
                   static_cast<size_t>(rows * op.n) * sizeof(float));
      return;
    case OpKind::kAttention: {
      const float scale = 1.0F / std::sqrt(static_cast<float>(shape_.head_dim));
      return attention(op.a, rows, position, op.heads, scale, *op.cache, op.out, attention_, target_);
    }
    case OpKind::kSwiglu:
      return swiglu(op.a, op.b, rows * op.n, op.out, target_);
    case OpKind::kAdd:
      return add(op.a, op.b, rows * op.n, op.out, target_);
  }
}

int64_t CpuProgram::weight_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, matrix] : matrices_) bytes += static_cast<int64_t>(matrix.bytes());
  for (const auto& [id, values] : vectors_) bytes += static_cast<int64_t>(values.size() * sizeof(float));
  return bytes;
}

int64_t CpuProgram::scratch_bytes() const {
  return static_cast<int64_t>(prepared_.bytes() + attention_.bytes() + rope_.bytes());
}

}  // namespace tandem::cpu
