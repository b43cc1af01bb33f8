#include "rpc/trace_json.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "plan/json.h"
#include "rpc/about.h"
#include "rpc/wire.h"

namespace tandem::rpc {

std::string iso_time_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  std::array<char, 32> text{};
  const size_t length = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string millis = std::to_string(1000 + now.tv_nsec / 1'000'000).substr(1);
  return std::string(text.data(), length) + "." + millis + "Z";
}

namespace {

Json sampler_json(const SamplerSettings& sampler) {
  return {{"temperature", sampler.temperature},
          {"topK", sampler.top_k},
          {"topP", sampler.top_p},
          {"minP", sampler.min_p},
          {"repetitionPenalty", sampler.repetition_penalty},
          {"repetitionWindow", sampler.repetition_window},
          {"seed", sampler.seed}};
}

Json lost_json(const TraceLosses& lost) {
  return {{"events", lost.events}, {"firstNs", lost.first_ns}, {"lastNs", lost.last_ns}};
}

// Those that run the model as they run it, then the others of the device with the reason why they are none.
std::vector<ProcessorInfo> all_processors(const Session& session, const System& system) {
  std::vector<ProcessorInfo> all = session.processors();
  for (const ProcessorInfo& info : known_processors(system)) {
    const bool runs = std::any_of(all.begin(), all.end(),
                                  [&](const ProcessorInfo& each) { return each.kind == info.kind; });
    if (!runs) all.push_back(info);
  }
  return all;
}

Json clock_json(std::optional<int64_t> error_ns) { return error_ns ? Json(*error_ns) : Json(nullptr); }

// Clocks of other processors are calibrated to the host's; the CPU's is the host's.
Json clock_error_json(const GenerateOutcome& outcome) {
  return {{"gpu", clock_json(outcome.gpu_clock_error_ns)}, {"npu", clock_json(outcome.npu_clock_error_ns)}};
}

}  // namespace

std::string trace_header(const Session& session, const GenerateRequest& request, const System& system,
                         const std::string& context, const Json& plan_origin) {
  const ModelSummary& summary = session.summary();
  // The prompt is as long as it will be run; a prompt that cannot be read has no tokens.
  const auto tokens = session.tokenizer().encode(request.prompt, request.encode);
  Json header = {{"format", 1},
                 {"origin", "measured"},
                 {"agent", {{"version", agent_version()}, {"target", agent_target()}}},
                 {"device", device_facts_json(system)},
                 {"processors", processors_json(all_processors(session, system))},
                 {"model",
                  {{"name", summary.name},
                   {"family", family_name(session.shape().family)},
                   {"path", session.path()},
                   {"layers", session.shape().layers},
                   {"parameters", summary.parameters},
                   {"weightBytesByType", summary.weight_bytes_by_type},
                   {"contextLength", summary.context}}},
                 {"settings",
                  {{"threads", session.processors().front().threads},
                   {"isa", session.processors().front().isa},
                   {"sampler", sampler_json(request.sampler)},
                   {"maxTokens", request.max_tokens}}},
                 {"prompt", {{"tokens", tokens.ok() ? tokens->size() : 0}, {"text", request.prompt}}},
                 {"plan", plan_or_null(session)},
                 {"startedAt", iso_time_now()},
                 {"context", parse_json(context).value_or(nullptr)}};
  if (session.plan()->has_npu) {
    header["settings"]["solver"] = to_json(session.plan()->settings);
    if (plan_origin.is_object()) header.update(plan_origin);
  }
  return json_text(header);
}

std::string trace_footer(const GenerateOutcome& outcome, const TraceReport& report) {
  return json_text({{"finish", finish_name(outcome.finish)},
                    {"finishDetail", outcome.detail.empty() ? Json(nullptr) : Json(outcome.detail)},
                    {"stats", stats_json(outcome.stats)},
                    {"ranOn", ran_on_json(outcome.ran_on)},
                    {"lost", lost_json(report.lost)},
                    {"overheadPercent", report.overhead_percent},
                    {"notes", outcome.notes},
                    {"text", outcome.text},
                    {"clockErrorNs", clock_error_json(outcome)}});
}

std::string trace_footer(const Error& error, const TraceReport& report) {
  return json_text({{"finish", error_code_name(error.code)},
                    {"finishDetail", error.message},
                    {"stats", nullptr},
                    {"ranOn", Json::array()},
                    {"lost", lost_json(report.lost)},
                    {"overheadPercent", report.overhead_percent},
                    {"text", ""},
                    {"clockErrorNs", clock_error_json(GenerateOutcome{})}});
}

Result<GenerateOutcome> generate_traced(Session& session, const GenerateRequest& request,
                                        const System& system, GenerateHooks hooks, TracedRun* trace) {
  if (trace == nullptr) return generate(session, request, system, hooks);
  const std::unique_ptr<TraceSession> recording =
      TraceSession::start(trace->options, session.graph(), session.weights(), system, trace->sink);
  const ModelSummary& summary = session.summary();
  if (trace->options.t0_ns == summary.load_began_ns) {
    recording->band(Track::kPhase, static_cast<int32_t>(Phase::kLoad), summary.load_began_ns,
                    summary.load_ended_ns);
  }
  hooks.trace = recording.get();
  Result<GenerateOutcome> outcome = generate(session, request, system, hooks);
  trace->report = recording->stop([&outcome](const TraceReport& report) {
    return outcome.ok() ? trace_footer(*outcome, report) : trace_footer(outcome.error(), report);
  });
  return outcome;
}

}  // namespace tandem::rpc
