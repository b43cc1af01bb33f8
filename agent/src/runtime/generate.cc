#include "runtime/generate.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "text/stream.h"

namespace tandem {
namespace {

double rate(int64_t tokens, double ms) { return ms > 0 ? static_cast<double>(tokens) * 1000.0 / ms : 0; }

size_t common_prefix(std::span<const int32_t> a, std::span<const int32_t> b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

Result<void> check_request(const GenerateRequest& request) {
  if (request.max_tokens >= 1) return {};
  return Error{
      ErrorCode::kInvalidArgument,
      "The number of tokens to generate is " + std::to_string(request.max_tokens) + "; give at least 1.",
      {{"maxTokens", std::to_string(request.max_tokens)}}};
}

Result<void> check_prompt(std::span<const int32_t> prompt, int64_t context) {
  const auto tokens = static_cast<int64_t>(prompt.size());
  if (tokens == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "The prompt is empty and the model has no begin token: give at least one character.",
                 {}};
  }
  if (tokens <= context) return {};
  return Error{ErrorCode::kPromptTooLong,
               "The prompt has " + std::to_string(tokens) + " tokens and the context holds " +
                   std::to_string(context) + ": shorten the prompt or load the model with a longer context.",
               {{"promptTokens", std::to_string(tokens)}, {"contextLength", std::to_string(context)}}};
}

// One run, from the tokens of the prompt on.
class Generation {
 public:
  Generation(Session& session, const GenerateRequest& request, const GenerateHooks& hooks, Sampler sampler,
             int64_t requested_ns)
      : session_(session),
        request_(request),
        hooks_(hooks),
        sampler_(std::move(sampler)),
        text_(request.stop),
        requested_ns_(requested_ns) {}

  Result<GenerateOutcome> run(std::span<const int32_t> prompt) {
    TANDEM_ASSIGN(const bool prefilled, prefill(prompt));
    if (prefilled) TANDEM_TRY(decode());
    append(text_.finish());
    return std::move(outcome_);
  }

 private:
  Session::Run session_run() const {
    Session::Run run;
    run.cancel = hooks_.cancel;
    if (hooks_.trace == nullptr) return run;
    run.trace = &hooks_.trace->ring();
    run.npu_trace = &hooks_.trace->npu_ring();
    return run;
  }

  // False where the run ended in it.
  Result<bool> prefill(std::span<const int32_t> prompt) {
    GenerateStats& stats = outcome_.stats;
    // The last token is always run again: its logits are needed.
    const size_t reused = std::min(common_prefix(session_.cached(), prompt), prompt.size() - 1);
    session_.truncate(reused);
    stats.prompt_tokens = static_cast<int64_t>(prompt.size());
    stats.cached_tokens = static_cast<int64_t>(reused);
    for (const int32_t token : prompt) sampler_.accept(token);
    const std::span<const int32_t> fresh = prompt.subspan(reused);

    begin(Track::kPhase, static_cast<int32_t>(Phase::kPrefill));
    begin(Track::kToken, kPromptToken);
    const int64_t began = boottime_ns();
    Session::Run run = session_run();
    run.progress = [this, total = static_cast<int64_t>(fresh.size())](int64_t done) {
      if (hooks_.progress) hooks_.progress("prefill", done, total);
    };
    const Result<void> result = session_.forward(fresh, 1, run);
    const int64_t ended = boottime_ns();
    end(Track::kToken);
    end(Track::kPhase);
    stats.prefill_ms = ms_between(began, ended);
    stats.prefill_tokens_per_second =
        rate(static_cast<int64_t>(session_.cached().size() - reused), stats.prefill_ms);
    if (!result.ok()) TANDEM_TRY(fail(result.error()));
    return result.ok();
  }

  Result<void> decode() {
    begin(Track::kPhase, static_cast<int32_t>(Phase::kDecode));
    const int64_t began = boottime_ns();
    const Result<int64_t> steps = decode_loop();
    GenerateStats& stats = outcome_.stats;
    stats.decode_ms = ms_between(began, boottime_ns());
    end(Track::kPhase);
    if (!steps.ok()) return steps.error();
    stats.decode_tokens_per_second = stats.generated_tokens < 2 ? 0 : rate(*steps, stats.decode_ms);
    return {};
  }

  // Gives the number of passes through the model.
  Result<int64_t> decode_loop() {
    const Session::Run run = session_run();
    for (int64_t steps = 0;; ++steps) {
      TANDEM_ASSIGN(const int32_t token, choose());
      if (steps > 0) end(Track::kToken);
      if (steps == 0) outcome_.stats.time_to_first_token_ms = ms_between(requested_ns_, boottime_ns());
      if (session_.tokenizer().is_end_of_generation(token)) {
        outcome_.finish = Finish::kEndToken;
        return steps;
      }
      accept(token);
      if (text_.stopped()) {
        outcome_.finish = Finish::kStopString;
        return steps;
      }
      if (outcome_.stats.generated_tokens == request_.max_tokens) {
        outcome_.finish = Finish::kMaxTokens;
        return steps;
      }
      if (context_full()) return steps;
      begin(Track::kToken, static_cast<int32_t>(outcome_.stats.generated_tokens));
      const Result<void> result = session_.forward({&token, 1}, 1, run);
      if (!result.ok()) {
        end(Track::kToken);
        TANDEM_TRY(fail(result.error()));
        return steps;
      }
    }
  }

  Result<int32_t> choose() {
    if (hooks_.trace == nullptr) return sampler_.sample(session_.logits());
    const int64_t began = boottime_ns();
    TANDEM_ASSIGN(const int32_t token, sampler_.sample(session_.logits()));
    hooks_.trace->sampled(began, boottime_ns());
    return token;
  }

  void accept(int32_t token) {
    sampler_.accept(token);
    GeneratedToken made;
    made.index = outcome_.stats.generated_tokens++;
    made.token = token;
    made.text = text_.push(session_.tokenizer().token_bytes(token));
    made.ms = ms_between(requested_ns_, boottime_ns());
    outcome_.text += made.text;
    if (hooks_.token) hooks_.token(made);
    if (hooks_.progress) hooks_.progress("decode", made.index + 1, request_.max_tokens);
    last_ = std::move(made);
  }

  bool context_full() {
    if (static_cast<int64_t>(session_.cached().size()) < session_.context()) return false;
    outcome_.finish = Finish::kContextFull;
    outcome_.detail = "The context of " + std::to_string(session_.context()) +
                      " tokens is full: load the model with a longer context to go on.";
    return true;
  }

  // Text that was held back in case a stop string came.
  void append(std::string text) {
    if (text.empty()) return;
    outcome_.text += text;
    last_.text = std::move(text);
    if (hooks_.token) hooks_.token(last_);
  }

  Result<void> fail(const Error& error) {
    if (error.code == ErrorCode::kCancelled) {
      outcome_.finish = Finish::kCancelled;
      outcome_.detail = "The run was stopped.";
      return {};
    }
    if (error.code != ErrorCode::kProcessorFailed) return error;
    outcome_.finish = Finish::kProcessorFailed;
    outcome_.detail = error.message;
    return {};
  }

  void begin(Track track, int32_t id) {
    if (hooks_.trace != nullptr) hooks_.trace->begin(track, id);
  }
  void end(Track track) {
    if (hooks_.trace != nullptr) hooks_.trace->end(track);
  }

  Session& session_;
  const GenerateRequest& request_;
  const GenerateHooks& hooks_;
  Sampler sampler_;
  TextStream text_;
  int64_t requested_ns_;
  GeneratedToken last_;
  GenerateOutcome outcome_;
};

}  // namespace

std::string_view finish_name(Finish finish) {
  switch (finish) {
    case Finish::kEndToken:
      return "end-token";
    case Finish::kStopString:
      return "stop-string";
    case Finish::kMaxTokens:
      return "max-tokens";
    case Finish::kContextFull:
      return "context-full";
    case Finish::kCancelled:
      return "cancelled";
    case Finish::kProcessorFailed:
      return "processor-failed";
  }
  return "processor-failed";
}

std::vector<RanOn> ran_on(const std::vector<ProcessorUsage>& before,
                          const std::vector<ProcessorUsage>& after) {
  std::vector<RanOn> list;
  int64_t busy = 0;
  for (size_t i = 0; i < after.size(); ++i) {
    list.push_back({.processor = after[i].processor,
                    .ops = after[i].usage.ops - before[i].usage.ops,
                    .busy_ns = after[i].usage.busy_ns - before[i].usage.busy_ns});
    busy += list.back().busy_ns;
  }
  for (RanOn& ran : list)
    ran.share = busy == 0 ? 0 : static_cast<double>(ran.busy_ns) / static_cast<double>(busy);
  return list;
}

Result<GenerateOutcome> generate(Session& session, const GenerateRequest& request, const System& system,
                                 const GenerateHooks& hooks) {
  const int64_t began = boottime_ns();
  const std::vector<ProcessorUsage> before = session.usage();
  const size_t incidents = session.incidents().size();
  TANDEM_TRY(check_request(request));
  TANDEM_ASSIGN(Sampler sampler, Sampler::create(request.sampler));
  TANDEM_ASSIGN(const std::vector<int32_t> prompt,
                session.tokenizer().encode(request.prompt, request.encode));
  if (hooks.trace != nullptr) {
    hooks.trace->band(Track::kPhase, static_cast<int32_t>(Phase::kTokenize), began, boottime_ns());
  }
  TANDEM_TRY(check_prompt(prompt, session.context()));
  Generation generation(session, request, hooks, std::move(sampler),
                        request.requested_ns == 0 ? began : request.requested_ns);
  TANDEM_ASSIGN(GenerateOutcome outcome, generation.run(prompt));
  outcome.ran_on = ran_on(before, session.usage());
  outcome.notes.assign(session.incidents().begin() + static_cast<std::ptrdiff_t>(incidents),
                       session.incidents().end());
  outcome.gpu_clock_error_ns = session.clock_error_ns(ProcessorKind::kGpu);
  outcome.npu_clock_error_ns = session.clock_error_ns(ProcessorKind::kNpu);
  outcome.stats.peak_memory_bytes = system.process_memory().peak;
  return outcome;
}

}  // namespace tandem
