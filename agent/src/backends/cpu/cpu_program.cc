#include "backends/cpu/cpu_program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "backends/cpu/elementwise.h"
#include "base/clock.h"
#include "processor/part_record.h"
#include "tensor/convert.h"

namespace tandem::cpu {
namespace {

RopeOptions rope_options(const HyperParameters& shape, const Weights& weights, const Op& op) {
  RopeOptions options;
  options.pairs =
      shape.rope_style == RopeStyle::kInterleaved ? RopePairs::kInterleaved : RopePairs::kSplitHalf;
  options.dims = shape.rope_dims;
  options.base = shape.rope_base_of(op.local);
  options.scale = shape.rope_scale_of(op.local);
  options.magnitude = shape.rope_magnitude;
  if (op.weight != kNoWeight) {
    const TensorView& view = weights.view(op.weight);
    options.factors.resize(static_cast<size_t>(view.columns));
    dequantize_row(view.type, view.bytes.data(), view.columns, options.factors.data());
  }
  return options;
}

bool is_matrix(OpKind kind) { return kind == OpKind::kMatmul || kind == OpKind::kEmbed; }

// Rows of the op's weight that the part needs.
RowRange weight_rows(const Weights& weights, const Op& op, const Part& part) {
  if (op.kind == OpKind::kEmbed) return {0, weights.view(op.weight).rows};
  return {part.first_row, part.first_row + part.rows};
}

// Two blocks [rows, split] and [rows, width - split] -> [rows, width].
void join_blocks(const float* blocks, int64_t rows, int64_t width, Split split, float* dense) {
  const float* second = blocks + rows * split;
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(blocks + row * split, split, dense + row * width);
    std::copy_n(second + row * (width - split), width - split, dense + row * width + split);
  }
}

}  // namespace

CpuProgram::CpuProgram(const Graph& graph, const ActivationPool& pool, const CpuCache* cache,
                       const Target& target)
    : graph_(graph),
      pool_(pool),
      cache_(cache),
      target_(target),
      ops_(graph.ops.size()),
      input_forms_(graph.values.size(), 0) {}

Result<void> CpuProgram::prepare(std::span<const Part> parts, const PrepareRequest& request) {
  TANDEM_TRY(load_weights(parts, request));
  for (const Part& part : parts) {
    const Op& op = graph_.ops[static_cast<size_t>(part.op)];
    std::optional<RopeTable>& rope = ropes_[op.local ? 1 : 0];
    if (op.kind == OpKind::kRope && !rope) rope.emplace(rope_options(graph_.shape, request.weights, op));
    if (op.kind == OpKind::kAttention && attention_.bytes() == 0) {
      TANDEM_ASSIGN(attention_, AttentionScratch::create(graph_.shape.heads, graph_.shape.head_dim));
    }
    compile(part.op);
  }
  return make_scratch();
}

// All rows of a weight that the parts ask for are packed at once, in the order of the graph. The file's rows
// are checked and given back while the packing goes on. Tied weights are packed once.
Result<void> CpuProgram::load_weights(std::span<const Part> parts, const PrepareRequest& request) {
  std::map<WeightId, std::vector<RowRange>> wanted;
  for (const Part& part : parts) {
    const Op& op = graph_.ops[static_cast<size_t>(part.op)];
    if (!is_matrix(op.kind)) continue;
    std::vector<RowRange>& ranges = wanted[op.weight];
    RowRange range = weight_rows(request.weights, op, part);
    const auto merges = [&](const RowRange& other) {
      if (other.begin > range.end || range.begin > other.end) return false;
      range = {std::min(range.begin, other.begin), std::max(range.end, other.end)};
      return true;
    };
    while (std::erase_if(ranges, merges) > 0) {
    }
    ranges.push_back(range);
  }
  for (const Part& part : parts) {
    const Op& op = graph_.ops[static_cast<size_t>(part.op)];
    if (op.kind == OpKind::kRope) continue;  // Its factors go into the table.
    if (is_matrix(op.kind)) {
      std::vector<RowRange> ranges;
      std::swap(ranges, wanted[op.weight]);
      for (const RowRange& range : ranges) TANDEM_TRY(pack(op.weight, range, request));
    } else if (op.weight != kNoWeight) {
      TANDEM_TRY(copy_vector(op.weight, request));
    }
    if (op.bias != kNoWeight) TANDEM_TRY(copy_vector(op.bias, request));
  }
  return {};
}

Result<void> CpuProgram::pack(WeightId id, RowRange rows, const PrepareRequest& request) {
  if (request.cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
  std::optional<Error> failed;
  const auto done = [&](int64_t first, int64_t count) {
    if (failed || !request.copied) return;
    if (auto result = request.copied(id, first, count); !result.ok()) failed = result.error();
  };
  TANDEM_TRY(matrices_[id].need(request.weights.view(id), rows, target_, done));
  if (failed) return *failed;
  return {};
}

Result<void> CpuProgram::copy_vector(WeightId id, const PrepareRequest& request) {
  if (vectors_.contains(id)) return {};
  const TensorView& view = request.weights.view(id);
  std::vector<float> values(static_cast<size_t>(view.columns));
  dequantize_row(view.type, view.bytes.data(), view.columns, values.data());
  vectors_.emplace(id, std::move(values));
  if (request.copied) TANDEM_TRY(request.copied(id, 0, view.rows));
  return {};
}

Result<void> CpuProgram::make_scratch() {
  ActivationForms forms = prepared_forms_;
  int64_t width = prepared_width_;
  for (const Compiled& op : ops_) {
    if (!op.ready || op.kind != OpKind::kMatmul) continue;
    forms |= op.matrix->activation_forms();
    width = std::max(width, op.k);
  }
  if (forms == prepared_forms_ && width == prepared_width_) return {};
  TANDEM_ASSIGN(prepared_, PreparedActivations::create(pool_.max_tokens(), width, forms));
  prepared_forms_ = forms;
  prepared_width_ = width;
  return {};
}

void CpuProgram::compile(OpId id) {
  Compiled& compiled = ops_[static_cast<size_t>(id)];
  if (compiled.ready) return;
  const Op& op = graph_.ops[static_cast<size_t>(id)];
  const auto data = [&](ValueId value) -> float* {
    return value == kNoValue ? nullptr : pool_.data(graph_.values[static_cast<size_t>(value)]);
  };
  const auto vector = [&](WeightId weight) {
    return weight == kNoWeight ? nullptr : vectors_.at(weight).data();
  };
  compiled = {.ready = true,
              .kind = op.kind,
              .rows = op.rows,
              .input = op.inputs[0],
              .a = data(op.inputs[0]),
              .b = data(op.inputs[1]),
              .out = data(op.output),
              .k = op.k,
              .n = op.n,
              .heads = op.heads,
              .local = op.local};
  if (op.inputs[0] != kNoValue) compiled.input_rows = graph_.values[static_cast<size_t>(op.inputs[0])].rows;
  if (is_matrix(op.kind)) {
    compiled.matrix = &matrices_.at(op.weight);
    compiled.vector = vector(op.bias);
  } else if (op.kind == OpKind::kNorm || op.kind == OpKind::kHeadNorm) {
    compiled.vector = vector(op.weight);
  }
  if (op.kind == OpKind::kMatmul)
    input_forms_[static_cast<size_t>(op.inputs[0])] |= compiled.matrix->activation_forms();
  if (op.kind == OpKind::kKvAppend || op.kind == OpKind::kAttention)
    compiled.cache = &cache_->layer(op.layer);
}

Result<void> CpuProgram::submit(const Batch& batch, const Step& step) {
  const int64_t started = boottime_ns();
  int64_t now = started;
  prepared_key_ = {};
  for (const Part& part : batch.parts) {
    if (part.tokens == 0) continue;
    if (step.cancel.cancelled()) return Error{ErrorCode::kCancelled, "The run was cancelled.", {}};
    run(part, step);
    ++usage_.ops;
    if (step.trace == nullptr) continue;
    const int64_t begin =
        std::exchange(now, boottime_ns());  // One reading for each op: they follow one another.
    const uint32_t flow = &part == &batch.parts.back() ? batch.flow : 0;
    step.trace->push(part_record(part, step, Track::kCpu, begin, now, flow));
  }
  usage_.busy_ns += boottime_ns() - started;
  completed_.store(batch.number, std::memory_order_release);
  return {};
}

const float* CpuProgram::dense_input(const Compiled& op, const Part& part, size_t index, int64_t rows) {
  const float* input = index == 0 ? op.a : op.b;
  if (part.input_split[index] == 0) return input;
  std::vector<float>& dense = dense_[index];
  dense.resize(std::max(dense.size(), static_cast<size_t>(rows * op.k)));
  join_blocks(input, rows, op.k, part.input_split[index], dense.data());
  return dense.data();
}

void CpuProgram::run_matmul(const Compiled& op, const Part& part, const Step& step) {
  const PreparedKey key{op.input, part.first_token, part.tokens};
  if (prepared_key_ != key) {
    prepared_.prepare(op.a + part.first_token * op.k, op.k, part.tokens, op.k,
                      input_forms_[static_cast<size_t>(op.input)], target_);
    prepared_key_ = key;
  }
  // The output's blocks: one, or one on each side of its split.
  const int64_t m = step.shape.rows(op.rows);
  const Split split = part.output_split;
  const std::array<RowRange, 2> blocks = {RowRange{0, split == 0 ? op.n : split},
                                          RowRange{split == 0 ? op.n : split, op.n}};
  for (const RowRange& block : blocks) {
    const int64_t begin = std::max(part.first_row, block.begin);
    const int64_t rows = std::min(part.first_row + part.rows, block.end) - begin;
    if (rows <= 0) continue;
    const int64_t width = block.end - block.begin;
    float* out = op.out + m * block.begin + part.first_token * width + begin - block.begin;
    op.matrix->multiply(begin, rows, prepared_, out, width, target_);
    if (op.vector == nullptr) continue;
    if (rows == width) {
      add_bias(op.vector + begin, part.tokens, width, out, target_);
    } else {
      for (int64_t t = 0; t < part.tokens; ++t)
        add_bias(op.vector + begin, 1, rows, out + t * width, target_);
    }
  }
}

void CpuProgram::run(const Part& part, const Step& step) {
  const Compiled& op = ops_[static_cast<size_t>(part.op)];
  const int64_t rows = step.shape.rows(op.rows);
  // Position of the op's first row: rows are the last ones of the step.
  const int64_t position = step.shape.position + step.shape.tokens - rows;
  switch (op.kind) {
    case OpKind::kEmbed:
      target_.pool.parallel_for(rows, 8, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
          float* row = op.out + i * op.n;
          op.matrix->dequantize_row(step.tokens[static_cast<size_t>(i)], row);
          const float scale = graph_.shape.embedding_scale;
          if (scale != 1) std::transform(row, row + op.n, row, [&](float value) { return value * scale; });
        }
      });
      return;
    case OpKind::kNorm:
      return rms_norm(dense_input(op, part, 0, rows), op.vector, graph_.shape.norm_epsilon, rows, op.n,
                      op.out, target_);
    case OpKind::kHeadNorm:
      return rms_norm(dense_input(op, part, 0, rows), op.vector, graph_.shape.norm_epsilon, rows * op.heads,
                      op.n / op.heads, op.out, target_);
    case OpKind::kMatmul:
      return run_matmul(op, part, step);
    case OpKind::kRope:
      ropes_[op.local ? 1 : 0]->set_positions(position, rows);
      if (part.input_split[0] != 0) {
        join_blocks(op.a, rows, op.n, part.input_split[0], op.out);
      } else if (op.out != op.a) {
        std::memcpy(op.out, op.a, static_cast<size_t>(rows * op.n) * sizeof(float));
      }
      return ropes_[op.local ? 1 : 0]->apply(op.out, rows, op.heads, graph_.shape.head_dim, target_);
    case OpKind::kKvAppend:
      return kv_append(dense_input(op, part, 0, rows), dense_input(op, part, 1, rows), rows, position,
                       *op.cache, target_);
    case OpKind::kSelect:
      std::memmove(op.out, op.a + (step.shape.rows(op.input_rows) - rows) * op.n,
                   static_cast<size_t>(rows * op.n) * sizeof(float));
      return;
    case OpKind::kAttention: {
      const AttentionForm form = {.scale = graph_.shape.score_scale(),
                                  .softcap = graph_.shape.attention_softcap,
                                  .window = op.local ? graph_.shape.window : 0};
      return attention(op.a, rows, position, op.heads, form, *op.cache, op.out, attention_, target_);
    }
    case OpKind::kSwiglu:
      return swiglu(dense_input(op, part, 0, rows), dense_input(op, part, 1, rows), rows * op.n, op.out,
                    target_);
    case OpKind::kGeglu:
      return geglu(dense_input(op, part, 0, rows), dense_input(op, part, 1, rows), rows * op.n, op.out,
                   target_);
    case OpKind::kSoftcap:
      return softcap(dense_input(op, part, 0, rows), graph_.shape.logit_softcap, rows * op.n, op.out,
                     target_);
    case OpKind::kAdd:
      return add(op.a, dense_input(op, part, 1, rows), rows * op.n, op.out, target_);
  }
}

int64_t CpuProgram::weight_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, matrix] : matrices_) bytes += matrix.bytes();
  for (const auto& [id, values] : vectors_) bytes += static_cast<int64_t>(values.size() * sizeof(float));
  return bytes;
}

int64_t CpuProgram::scratch_bytes() const {
  size_t bytes = prepared_.bytes() + attention_.bytes();
  for (const auto& rope : ropes_) bytes += rope ? rope->bytes() : 0;
  for (const std::vector<float>& dense : dense_) bytes += dense.capacity() * sizeof(float);
  return static_cast<int64_t>(bytes);
}

}  // namespace tandem::cpu
