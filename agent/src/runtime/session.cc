#include "runtime/session.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "runtime/schedule.h"

namespace tandem {

void Session::truncate(size_t tokens) {
  if (tokens < cached_.size()) cached_.resize(tokens);
}

Result<void> Session::forward(std::span<const int32_t> tokens, int64_t logit_rows, const Run& run) {
  for (const int32_t token : tokens) {
    if (token >= 0 && token < graph_.shape.vocabulary) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "Token " + std::to_string(token) + " is outside the model's vocabulary of " +
                     std::to_string(graph_.shape.vocabulary) +
                     ": the file's tokenizer and weights do not belong together.",
                 {{"token", std::to_string(token)}}};
  }
  logit_rows_ = 0;
  for (size_t begin = 0; begin < tokens.size();) {
    const size_t count = std::min(tokens.size() - begin, static_cast<size_t>(kChunk));
    const bool last = begin + count == tokens.size();
    const std::span<const int32_t> chunk = tokens.subspan(begin, count);
    Step step;
    step.shape = {.tokens = static_cast<int64_t>(count),
                  .position = static_cast<int64_t>(cached_.size()),
                  .logit_rows = last ? std::min(logit_rows, static_cast<int64_t>(count)) : 0};
    step.tokens = chunk;
    step.cancel = run.cancel;
    step.trace = run.trace;
    const std::vector<Part> parts = parts_on_primary(graph_, Strategy::kCpu, step.shape);
    TANDEM_TRY(program_->submit({.parts = parts, .number = ++batches_}, step));
    cached_.insert(cached_.end(), chunk.begin(), chunk.end());
    logit_rows_ = step.shape.logit_rows;
    begin += count;
    if (run.progress) run.progress(static_cast<int64_t>(begin));
  }
  return {};
}

std::span<const float> Session::logits() const {
  const Value& value = graph_.values[static_cast<size_t>(graph_.logits)];
  return {pool_->data(value), static_cast<size_t>(logit_rows_ * value.width)};
}

}  // namespace tandem
