#include "runtime/session.h"

#include <algorithm>
#include <utility>

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
    const size_t count = std::min(tokens.size() - begin, static_cast<size_t>(chunk()));
    const bool last = begin + count == tokens.size();
    const std::span<const int32_t> now = tokens.subspan(begin, count);
    Step step;
    step.shape = {.tokens = static_cast<int64_t>(count),
                  .position = static_cast<int64_t>(cached_.size()),
                  .logit_rows = last ? std::min(logit_rows, static_cast<int64_t>(count)) : 0};
    step.tokens = now;
    step.cancel = run.cancel;
    step.trace = run.trace;
    const Result<void> ran = executor_->run(step, run.npu_trace);
    if (executor_->npu_failure() && !npu_out_) TANDEM_TRY(lose_npu(executor_->npu_failure()->message));
    TANDEM_TRY(ran);
    cached_.insert(cached_.end(), now.begin(), now.end());
    logit_rows_ = step.shape.logit_rows;
    begin += count;
    if (run.progress) run.progress(static_cast<int64_t>(begin));
  }
  return {};
}

std::vector<ProcessorInfo> Session::processors() const {
  std::vector<ProcessorInfo> infos = {primary_->info()};
  if (npu_program_ && !npu_out_) infos.push_back(npu_->info());
  return infos;
}

std::vector<ProcessorUsage> Session::usage() const {
  std::vector<ProcessorUsage> list = {{primary_kind(), primary_program_->usage()}};
  if (!npu_) return list;
  Usage npu = npu_usage_;
  if (npu_program_) {
    npu.ops += npu_program_->usage().ops;
    npu.busy_ns += npu_program_->usage().busy_ns;
  }
  list.push_back({ProcessorKind::kNpu, npu});
  return list;
}

std::optional<int64_t> Session::clock_error_ns(ProcessorKind processor) const {
  if (processor == primary_kind()) return primary_program_->clock_error_ns();
  if (processor == ProcessorKind::kNpu && npu_program_) return npu_program_->clock_error_ns();
  return std::nullopt;
}

std::span<const float> Session::logits() const {
  const Value& value = graph_.values[static_cast<size_t>(graph_.logits)];
  return {pool_->data(value), static_cast<size_t>(logit_rows_ * value.width)};
}

}  // namespace tandem
