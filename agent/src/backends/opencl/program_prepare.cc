// What a program makes once, ahead of its runs: packed weights, kernels, tables, scratch memory.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/opencl/opencl_program.h"
#include "tensor/convert.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kPositionsPerRotation = 256;  // See `rope` in kernels/elementwise.cl.

Result<Buffer> upload(const Device& device, const void* data, int64_t bytes) {
  TANDEM_ASSIGN(Buffer buffer, device.make_buffer(bytes));
  const cl_int code = device.api().clEnqueueWriteBuffer(
      device.queue(), buffer.get(), CL_TRUE, 0, static_cast<size_t>(bytes), data, 0, nullptr, nullptr);
  if (code == CL_SUCCESS) return buffer;
  return failed("The GPU's memory cannot be written: restart the device.", "clEnqueueWriteBuffer", code);
}

Result<Buffer> upload(const Device& device, const std::vector<float>& values) {
  return upload(device, values.data(), static_cast<int64_t>(values.size() * sizeof(float)));
}

std::vector<float> vector_of(const TensorView& view) {
  std::vector<float> values(static_cast<size_t>(view.columns));
  dequantize_row(view.type, view.bytes.data(), view.columns, values.data());
  return values;
}

// Cosines and sines times `magnitude`, [count][2][pairs], of positions 0, step, 2 * step, ...
std::vector<float> rotations(const std::vector<double>& frequencies, int64_t count, int64_t step,
                             float magnitude) {
  std::vector<float> table;
  table.reserve(static_cast<size_t>(count) * 2 * frequencies.size());
  for (int64_t i = 0; i < count; ++i) {
    for (const double f : frequencies)
      table.push_back(magnitude * static_cast<float>(std::cos(static_cast<double>(i * step) * f)));
    for (const double f : frequencies)
      table.push_back(magnitude * static_cast<float>(std::sin(static_cast<double>(i * step) * f)));
  }
  return table;
}

}  // namespace

Result<void> OpenClProgram::map_pool() {
  for (int32_t i = 0; i < pool_.slots(); ++i) {
    const auto bytes = pool_.slot(i).bytes();
    if (bytes.size() / sizeof(float) > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
      return Error{
          ErrorCode::kUnsupported,
          "The GPU's kernels count at most 2^31 activations, and this model has more at once: ask for fewer "
          "logits or shorter steps.",
          {}};
    }
    TANDEM_ASSIGN(Buffer slot, device_.wrap(bytes.data(), bytes.size(), pool_.slot(i).fd()));
    slots_.push_back(std::move(slot));
  }
  if (device_.unified()) return {};
  mapped_.resize(slots_.size());
  TANDEM_TRY(give_slots_to_host(0, false));
  return finish(0);
}

Result<void> OpenClProgram::prepare(std::span<const Part> parts, const PrepareRequest& request) {
  if (failure_) return *failure_;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (request.cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
    const int64_t before = kernels_.counts().compiled + kernels_.counts().from_cache;
    if (auto result = prepare_part(parts[i], request); !result.ok()) return fail(std::move(result).error());
    const bool more = kernels_.counts().compiled + kernels_.counts().from_cache > before;
    if (more && request.compiled)
      request.compiled(static_cast<int64_t>(i + 1), static_cast<int64_t>(parts.size()));
  }
  return {};
}

Result<void> OpenClProgram::prepare_part(const Part& part, const PrepareRequest& request) {
  const Op& op = op_of(part);
  switch (op.kind) {
    case OpKind::kEmbed:
      TANDEM_TRY(reserve(ids_, pool_.max_tokens() * static_cast<int64_t>(sizeof(int32_t))));
      return prepare_matrix({.op = part.op, .rows = request.weights.view(op.weight).rows}, request);
    case OpKind::kMatmul:
      TANDEM_TRY(elementwise_kernel("pack_tokens"));
      TANDEM_TRY(
          reserve(tiles_, (pool_.max_tokens() + 15) / 16 * 16 * op.k * static_cast<int64_t>(sizeof(float))));
      if (op.bias != kNoWeight) TANDEM_TRY(prepare_vector(op.bias, request));
      TANDEM_TRY(prepare_matrix(part, request));
      if (!matrices_.at(op.weight).kernels->form.dot) return {};
      TANDEM_TRY(elementwise_kernel("quantize_token"));
      return reserve(quantised_, op.k / 32 * kTokenBlockWords * static_cast<int64_t>(sizeof(uint32_t)));
    case OpKind::kNorm:
      TANDEM_TRY(elementwise_kernel("norm"));
      return prepare_vector(op.weight, request);
    case OpKind::kHeadNorm:
      TANDEM_TRY(elementwise_kernel("head_norm"));
      return prepare_vector(op.weight, request);
    case OpKind::kRope:
      TANDEM_TRY(elementwise_kernel("rope"));
      return prepare_rope(op, request);
    case OpKind::kKvAppend:
      return elementwise_kernel("kv_append");
    case OpKind::kAttention:
      return prepare_attention();
    case OpKind::kSelect:
    case OpKind::kSwiglu:
    case OpKind::kGeglu:
    case OpKind::kSoftcap:
    case OpKind::kAdd:
      return elementwise_kernel(window_kernel(op.kind));
    default:
      return Error{ErrorCode::kUnsupported,
                   "The GPU has no kernel for " + op.name + ": run it on another processor.",
                   {{"op", op.name}}};
  }
}

Result<void> OpenClProgram::prepare_matrix(const Part& part, const PrepareRequest& request) {
  const WeightId id = op_of(part).weight;
  const TensorView& view = request.weights.view(id);
  auto found = matrices_.find(id);
  if (found == matrices_.end()) {
    TANDEM_ASSIGN(const MatmulKernels* kernels, matmul_kernels(format_of(view.type)));
    found = matrices_.emplace(id, Matrix{DeviceMatrix(view.type, view.rows, view.columns), kernels}).first;
    if (is_widened(view.type)) widened_.insert(view.type);
  }
  DeviceMatrix::Copied copied;
  if (request.copied) {
    copied = [&](int64_t first, int64_t rows) { return request.copied(id, first, rows); };
  }
  return found->second.weight.cover(device_, view, part.first_row, part.rows, request.cancel, copied);
}

Result<void> OpenClProgram::prepare_vector(WeightId id, const PrepareRequest& request) {
  if (vectors_.contains(id)) return {};
  const TensorView& view = request.weights.view(id);
  const std::vector<float> values = vector_of(view);
  TANDEM_ASSIGN(Buffer buffer, upload(device_, values));
  vectors_.emplace(id, std::move(buffer));
  vector_bytes_.emplace(id, static_cast<int64_t>(values.size() * sizeof(float)));
  if (request.copied) return request.copied(id, 0, view.rows);
  return {};
}

Result<void> OpenClProgram::prepare_rope(const Op& op, const PrepareRequest& request) {
  Rope& rope = ropes_[op.local ? 1 : 0];
  if (rope.coarse) return {};
  const HyperParameters& shape = graph_.shape;
  const std::vector<float> factors =
      op.weight == kNoWeight ? std::vector<float>() : vector_of(request.weights.view(op.weight));
  std::vector<double> frequencies;
  for (int64_t i = 0; i < shape.rope_dims / 2; ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(shape.rope_dims);
    const double factor = factors.empty() ? 1.0 : static_cast<double>(factors[static_cast<size_t>(i)]);
    frequencies.push_back(static_cast<double>(shape.rope_scale_of(op.local)) *
                          std::pow(static_cast<double>(shape.rope_base_of(op.local)), exponent) / factor);
  }
  const int64_t coarse_count =
      (cache_ == nullptr ? shape.trained_context : cache_->capacity()) / kPositionsPerRotation + 1;
  const std::vector<float> coarse =
      rotations(frequencies, coarse_count, kPositionsPerRotation, shape.rope_magnitude);
  const std::vector<float> fine = rotations(frequencies, kPositionsPerRotation, 1, 1);
  TANDEM_ASSIGN(rope.fine, upload(device_, fine));
  TANDEM_ASSIGN(rope.coarse, upload(device_, coarse));
  rope_bytes_ += static_cast<int64_t>((coarse.size() + fine.size()) * sizeof(float));
  return {};
}

Result<void> OpenClProgram::prepare_attention() {
  if (combine_) return {};
  const HyperParameters& shape = graph_.shape;
  TANDEM_ASSIGN(const bool subgroups, reduces_in_subgroups(device_, kernels_));
  const KernelSource source =
      attention_source(device_, shape.head_dim, shape.heads / shape.kv_heads, subgroups);
  for (size_t i = 0; i < attention_.size(); ++i) {
    TANDEM_ASSIGN(attention_[i], kernels_.get(source, "attention_t" + std::to_string(kTiles[i])));
  }
  TANDEM_TRY(reserve(partial_, shape.kv_heads * kMostSplitRows * kMostSplits * (shape.head_dim + 2) *
                                   static_cast<int64_t>(sizeof(float))));
  TANDEM_ASSIGN(combine_, kernels_.get(source, "combine"));
  return {};
}

Result<const OpenClProgram::MatmulKernels*> OpenClProgram::matmul_kernels(const Format& format) {
  for (const auto& [known, kernels] : matmul_kernels_) {
    if (known == format) return kernels.get();
  }
  auto made = std::make_unique<MatmulKernels>();
  TANDEM_ASSIGN(made->sizes, tuned_sizes(device_, kernels_));
  made->form = made->sizes.gemv;
  made->form.dot = made->form.dot && format.bits <= 8;
  const KernelSource source = matmul_source(device_, format, made->form);
  TANDEM_ASSIGN(made->embed, kernels_.get(source, "embed"));
  TANDEM_ASSIGN(made->gemv, kernels_.get(source, made->form.dot ? "gemv_dot" : "gemv"));
  for (size_t i = 0; i < made->gemm.size(); ++i) {
    TANDEM_ASSIGN(made->gemm[i], kernels_.get(source, "gemm_t" + std::to_string(kTiles[i])));
  }
  return matmul_kernels_.emplace_back(format, std::move(made)).second.get();
}

Result<void> OpenClProgram::elementwise_kernel(const char* name) {
  if (elementwise_.contains(name)) return {};
  TANDEM_ASSIGN(const bool subgroups, reduces_in_subgroups(device_, kernels_));
  TANDEM_ASSIGN(Kernel kernel, kernels_.get(elementwise_source(device_, subgroups), name));
  elementwise_.emplace(name, std::move(kernel));
  return {};
}

// The queue may still use what is replaced: OpenCL keeps a buffer until the last command on it is done.
Result<void> OpenClProgram::reserve(Scratch& scratch, int64_t bytes) const {
  if (bytes <= scratch.bytes) return {};
  TANDEM_ASSIGN(scratch.buffer, device_.make_buffer(bytes));
  scratch.bytes = bytes;
  return {};
}

}  // namespace tandem::opencl
