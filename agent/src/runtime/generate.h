// Continues a prompt: tokenize, prefill what is not cached, decode until something ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "runtime/session.h"
#include "sample/sampler.h"
#include "tokenizer/tokenizer.h"
#include "trace/session.h"

namespace tandem {

struct GenerateRequest {
  std::string prompt = {};
  EncodeOptions encode = {};
  int64_t max_tokens = 128;
  SamplerSettings sampler = {};
  std::vector<std::string> stop = {};
  int64_t requested_ns = 0;  // When the request arrived (CLOCK_BOOTTIME); 0: now.
};

enum class Finish { kEndToken, kStopString, kMaxTokens, kContextFull, kCancelled, kProcessorFailed };

// As on the wire: "end-token".
[[nodiscard]] std::string_view finish_name(Finish finish);

struct GenerateStats {
  int64_t prompt_tokens = 0;
  int64_t generated_tokens = 0;  // Without the end token.
  int64_t cached_tokens = 0;
  double time_to_first_token_ms = 0;
  double prefill_ms = 0;
  double prefill_tokens_per_second = 0;  // Of the tokens that were not cached.
  double decode_ms = 0;
  double decode_tokens_per_second = 0;
  int64_t peak_memory_bytes = 0;
};

struct RanOn {
  ProcessorKind processor = ProcessorKind::kCpu;
  int64_t ops = 0;
  int64_t busy_ns = 0;
  double share = 0;  // Of the busy time of all processors.
};

// What ran between two readings of a session's usage.
[[nodiscard]] std::vector<RanOn> ran_on(const std::vector<ProcessorUsage>& before,
                                        const std::vector<ProcessorUsage>& after);

struct GenerateOutcome {
  std::string text;
  Finish finish = Finish::kMaxTokens;
  std::string detail;  // One sentence where the run did not end by itself; else empty.
  GenerateStats stats;
  std::vector<RanOn> ran_on;
  std::vector<std::string> notes;  // Sentences on what happened on the way, e.g. that the NPU failed.
  std::optional<int64_t> gpu_clock_error_ns, npu_clock_error_ns;  // Of processors with a clock of their own.
};

struct GeneratedToken {
  int64_t index = 0;
  int32_t token = 0;
  std::string text;  // What became final with it: whole characters, often empty.
  double ms = 0;     // Since the request arrived.
};

struct GenerateHooks {
  std::function<void(const GeneratedToken&)> token;
  // stage: prefill, decode. Counts tokens.
  std::function<void(std::string_view stage, int64_t done, int64_t total)> progress;
  CancelToken cancel;
  TraceSession* trace = nullptr;
};

// A cancelled run, a full context and a processor that fails on the way are outcomes with the text so far.
// Errors: invalid-argument, prompt-too-long, invalid-utf8, model-bad-values.
[[nodiscard]] Result<GenerateOutcome> generate(Session& session, const GenerateRequest& request,
                                               const System& system, const GenerateHooks& hooks);

}  // namespace tandem
