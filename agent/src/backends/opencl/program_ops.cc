// The operations of a layer other than matmul and attention, as kernels in the queue.
#include <algorithm>
#include <vector>

#include "backends/opencl/kernel_arguments.h"
#include "backends/opencl/opencl_program.h"

namespace tandem::opencl {

Result<void> OpenClProgram::run_part(const Part& part, const Step& step) {
  switch (op_of(part).kind) {
    case OpKind::kEmbed:
      return run_embed(part, step);
    case OpKind::kNorm:
      return run_norm(part, step);
    case OpKind::kHeadNorm:
      return run_head_norm(part, step);
    case OpKind::kMatmul:
      return run_matmul(part, step);
    case OpKind::kRope:
      return run_rope(part, step);
    case OpKind::kKvAppend:
      return run_kv_append(part, step);
    case OpKind::kAttention:
      return run_attention(part, step);
    case OpKind::kSelect:
    case OpKind::kSwiglu:
    case OpKind::kGeglu:
    case OpKind::kSoftcap:
    case OpKind::kAdd:
      return run_windows(part, step);
    default:
      return Error{ErrorCode::kUnsupported,
                   "The GPU has no kernel for " + op_of(part).name + ": run it on another processor.",
                   {}};
  }
}

OpenClProgram::Place OpenClProgram::place(ValueId id, Split split, const Step& step, int64_t row,
                                          int64_t column) const {
  const Value& value = value_of(id);
  const int64_t stride = split == 0 ? value.width : column < split ? split : value.width - split;
  return {memory_of(id), i32(split_index(row, column, step.shape.rows(value.rows), value.width, split)),
          i32(stride)};
}

int64_t OpenClProgram::position_of(const Part& part, const Step& step) const {
  return step.shape.position + step.shape.tokens - step.shape.rows(op_of(part).rows) + part.first_token;
}

Result<void> OpenClProgram::run_embed(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const Matrix& matrix = matrices_.at(op.weight);
  // A copy of our own, so that nothing waits, and a step that ended early may take its tokens with it.
  const std::vector<int32_t>& ids = staged_ids_.emplace_back(step.tokens.begin(), step.tokens.end());
  const cl_int code =
      device_.api().clEnqueueWriteBuffer(device_.queue(), ids_.buffer.get(), CL_FALSE, 0,
                                         ids.size() * sizeof(int32_t), ids.data(), 0, nullptr, nullptr);
  if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueWriteBuffer", code);
  const Place out = place(op.output, 0, step, part.first_token, 0);
  const size_t group = device_.facts().is_cpu ? 1 : 64;
  return launcher_.run(matrix.kernels->embed,
                       {{count((op.n + 31) / 32), count(part.tokens), 1}, {group, 1, 1}}, ids_.buffer.get(),
                       matrix.weight.segments().front().buffer.get(), out.memory, out.offset, i32(op.n),
                       i32(part.first_token), graph_.shape.embedding_scale);
}

Result<void> OpenClProgram::run_norm(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const size_t group = count(norm_items(device_));
  return launcher_.run(elementwise_.at("norm"), {{group * count(part.tokens), 1, 1}, {group, 1, 1}},
                       memory_of(op.inputs[0]), split_of(op.inputs[0], part.input_split[0]),
                       i32(step.shape.rows(op.rows)), i32(part.first_token), vectors_.at(op.weight).get(),
                       memory_of(op.output), i32(op.n), graph_.shape.norm_epsilon);
}

Result<void> OpenClProgram::run_head_norm(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  return launcher_.run(elementwise_.at("head_norm"), {{count(op.heads), count(part.tokens), 1}, {1, 1, 1}},
                       memory_of(op.inputs[0]), split_of(op.inputs[0], part.input_split[0]),
                       i32(step.shape.rows(op.rows)), i32(part.first_token), vectors_.at(op.weight).get(),
                       memory_of(op.output), i32(op.n / op.heads), graph_.shape.norm_epsilon);
}

Result<void> OpenClProgram::run_rope(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const Rope& rope = ropes_[op.local ? 1 : 0];
  const int32_t interleaved = graph_.shape.rope_style == RopeStyle::kInterleaved ? 1 : 0;
  return launcher_.run(elementwise_.at("rope"), {{count(op.heads), count(part.tokens), 1}, {1, 1, 1}},
                       memory_of(op.inputs[0]), split_of(op.inputs[0], part.input_split[0]),
                       i32(step.shape.rows(op.rows)), i32(part.first_token), rope.coarse.get(),
                       rope.fine.get(), memory_of(op.output), i32(graph_.shape.head_dim),
                       i32(graph_.shape.rope_dims / 2), interleaved, i32(position_of(part, step)));
}

Result<void> OpenClProgram::run_kv_append(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const OpenClCache::Layer& layer = cache_->layer(op.layer);
  return launcher_.run(
      elementwise_.at("kv_append"), {{count(graph_.shape.kv_heads), count(part.tokens), 1}, {1, 1, 1}},
      memory_of(op.inputs[0]), split_of(op.inputs[0], part.input_split[0]), memory_of(op.inputs[1]),
      split_of(op.inputs[1], part.input_split[1]), i32(step.shape.rows(op.rows)), i32(part.first_token),
      layer.keys.get(), layer.values.get(), i32(graph_.shape.head_dim), i32(cache_->padded_dim()),
      i32(cache_->capacity()), i32(position_of(part, step)));
}

const char* OpenClProgram::window_kernel(OpKind kind) {
  switch (kind) {
    case OpKind::kSelect:
      return "copy";
    case OpKind::kSwiglu:
      return "swiglu";
    case OpKind::kGeglu:
      return "geglu";
    case OpKind::kSoftcap:
      return "softcap";
    default:
      return "add";
  }
}

// Select, gates, softcap and add: between two columns where an input is split, rows lie at equal distances.
Result<void> OpenClProgram::run_windows(const Part& part, const Step& step) {
  const Op& op = op_of(part);
  const bool two = op.inputs[1] != kNoValue;
  const Kernel& kernel = elementwise_.at(window_kernel(op.kind));
  // The selected rows are the last ones of the input.
  const int64_t skipped = step.shape.rows(value_of(op.inputs[0]).rows) - step.shape.rows(op.rows);
  std::vector<int64_t> cuts = {0, part.input_split[0], part.input_split[1], op.n};
  std::sort(cuts.begin(), cuts.end());
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    const int64_t columns = cuts[i + 1] - cuts[i];
    if (columns == 0) continue;
    const Place a = place(op.inputs[0], part.input_split[0], step, part.first_token + skipped, cuts[i]);
    const Place b = two ? place(op.inputs[1], part.input_split[1], step, part.first_token, cuts[i]) : a;
    const Place out = place(op.output, 0, step, part.first_token, cuts[i]);
    const int64_t per_item = window_columns(device_);
    const size_t group = device_.facts().is_cpu ? 1 : 64;
    const Grid grid = {{count((columns + per_item - 1) / per_item), count(part.tokens), 1}, {group, 1, 1}};
    const auto run = [&](auto... more) {
      return launcher_.run(kernel, grid, a.memory, a.offset, a.stride, b.memory, b.offset, b.stride,
                           out.memory, out.offset, out.stride, i32(columns), more...);
    };
    TANDEM_TRY(op.kind == OpKind::kSoftcap ? run(graph_.shape.logit_softcap) : run());
  }
  return {};
}

}  // namespace tandem::opencl
