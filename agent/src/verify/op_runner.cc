#include "verify/op_runner.h"

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

// Where steps begin: prefill behind some tokens, decode so far on that a GPU cuts the context into splits.
constexpr int64_t kPrefillPosition = 37, kDecodePosition = 523;

int64_t position_of(int64_t tokens) { return tokens == 1 ? kDecodePosition : kPrefillPosition; }

// About normal: mean 0, variance 1. xorshift64* (Vigna 2016), four 16-bit numbers of each draw.
void fill(std::span<float> values, uint64_t seed) {
  constexpr float kScale =
      1.7320508F / 65536.0F;  // A sum of four uniform numbers has a third of their range.
  uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (float& value : values) {
    state ^= state >> 12U;
    state ^= state << 25U;
    state ^= state >> 27U;
    const uint64_t drawn = state * 0x2545F4914F6CDD1DU;
    int64_t sum = -2 * 65535;
    for (uint32_t i = 0; i < 4; ++i) sum += static_cast<int64_t>((drawn >> (16 * i)) & 0xFFFFU);
    value = static_cast<float>(sum) * kScale;
  }
}

}  // namespace

Result<OpRunner> OpRunner::create(const Subject& subject, int64_t max_tokens) {
  TANDEM_ASSIGN(ActivationPool pool, ActivationPool::create(subject.graph, max_tokens, 1, subject.allocate));
  OpRunner runner(subject, std::move(pool));
  const ProcessorInfo info = subject.processor.info();
  runner.static_shapes_ = info.kind == ProcessorKind::kNpu;
  if (info.role != ProcessorRole::kCoProcessor) {
    const int64_t positions = std::max(kDecodePosition + 1, kPrefillPosition + max_tokens);
    TANDEM_ASSIGN(runner.cache_, subject.processor.make_cache(subject.graph.shape, positions));
  }
  return runner;
}

Result<void> OpRunner::begin(const VerifyTask& task) {
  end();
  batches_ = 0;
  task_ = task;
  TANDEM_ASSIGN(program_, subject_.processor.make_program(subject_.graph, *pool_, cache_.get()));
  return {};
}

int64_t OpRunner::padded(int64_t tokens) const {
  if (!static_shapes_) return tokens;
  const auto found = std::ranges::lower_bound(subject_.graph_lengths, tokens);
  return found == subject_.graph_lengths.end() ? tokens : *found;
}

Part OpRunner::part_of(OpId id, int64_t tokens) const {
  const Op& op = op_of(id);
  const int64_t rows = op.rows == Rows::kLogits ? 1 : tokens;
  return {.op = id, .rows = op.n, .tokens = rows, .padded_tokens = padded(rows)};
}

void OpRunner::fill_inputs(OpId id, int64_t tokens, int64_t position) {
  for (const ValueId input : op_of(id).inputs) {
    if (input == kNoValue) continue;
    const Value& value = subject_.graph.values[static_cast<size_t>(input)];
    const int64_t rows = value.rows == Rows::kLogits ? 1 : tokens;
    fill({pool_->data(value), static_cast<size_t>(rows * value.width)},
         static_cast<uint64_t>(input) * 4096 + static_cast<uint64_t>(position + 1));
  }
}

Result<void> OpRunner::submit(const Part& part, int64_t tokens, int64_t position) {
  std::vector<int32_t> ids(static_cast<size_t>(tokens));
  // Far apart in the vocabulary.
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = static_cast<int32_t>((i * 7919 + 1) % static_cast<size_t>(subject_.graph.shape.vocabulary));
  const Step step{.shape = {.tokens = tokens, .position = position, .logit_rows = 1},
                  .tokens = ids,
                  .cancel = subject_.cancel};
  const Batch batch{.parts = {&part, 1}, .number = ++batches_};
  TANDEM_TRY(program_->prepare(
      batch.parts,
      {.weights = subject_.weights, .cancel = subject_.cancel, .copied = nullptr, .compiled = nullptr}));
  TANDEM_TRY(program_->submit(batch, step));
  TANDEM_TRY(program_->finish(batch.number));
  return program_->collect(step);
}

// Keys and values of [0, positions).
Result<void> OpRunner::fill_cache(OpId append, int64_t positions) {
  for (int64_t at = 0; at < positions; at += pool_->max_tokens()) {
    const int64_t tokens = std::min(pool_->max_tokens(), positions - at);
    fill_inputs(append, tokens, at);
    TANDEM_TRY(submit(part_of(append, tokens), tokens, at));
  }
  return {};
}

Result<std::vector<float>> OpRunner::run(int64_t tokens) {
  const int64_t position = position_of(tokens);
  if (task_.ops.size() > 1) TANDEM_TRY(fill_cache(task_.ops.front(), position));
  Part part;
  // One by one: the inputs of two ops may share memory.
  for (const OpId id : task_.ops) {
    fill_inputs(id, tokens, position);
    part = part_of(id, tokens);
    TANDEM_TRY(submit(part, tokens, position));
  }
  const Value& output = subject_.graph.values[static_cast<size_t>(op_of(part.op).output)];
  const float* data = pool_->data(output);
  return std::vector<float>(data, data + part.tokens * output.width);
}

}  // namespace tandem
