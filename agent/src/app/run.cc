// `tandem-agent run`: continues a prompt; text on stdout, statistics on stderr.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/common.h"
#include "rpc/trace_json.h"
#include "rpc/wire.h"

namespace tandem::app {
namespace {

struct RunFlags {
  ModelFlags model;
  std::string prompt = "-";
  std::string trace_path;
  bool json = false;
  bool raw = false;
  GenerateRequest request;
};

constexpr int kInterrupted = 130;  // As shells have it for Ctrl-C.

std::string read_stdin() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

Error unwritable(const std::string& path) {
  return {ErrorCode::kFileUnwritable,
          "The trace could not be written to " + path + ": check the folder and its space.",
          {{"path", path}}};
}

void print_summary(const Session& session, const GenerateOutcome& outcome, const TraceReport* trace) {
  const GenerateStats& s = outcome.stats;
  std::fprintf(stderr, "\n%s, %s, %d threads, loaded in %.0f ms, %s of memory\n",
               session.summary().name.c_str(), session.processors().front().isa.c_str(),
               session.processors().front().threads, session.summary().load_ms,
               bytes_text(session.summary().memory.total()).c_str());
  std::fprintf(stderr, "prefill %lld tokens, %.1f ms, %.1f tokens/s; first token after %.1f ms\n",
               static_cast<long long>(s.prompt_tokens - s.cached_tokens), s.prefill_ms,
               s.prefill_tokens_per_second, s.time_to_first_token_ms);
  std::fprintf(stderr, "decode %lld tokens, %.1f ms, %.1f tokens/s; ended by %s\n",
               static_cast<long long>(s.generated_tokens), s.decode_ms, s.decode_tokens_per_second,
               std::string(finish_name(outcome.finish)).c_str());
  if (!outcome.detail.empty()) std::fprintf(stderr, "%s\n", outcome.detail.c_str());
  if (trace != nullptr) {
    std::fprintf(stderr, "trace %lld events, %s, %llu lost, overhead %.2f %%\n",
                 static_cast<long long>(trace->events), bytes_text(trace->bytes).c_str(),
                 static_cast<unsigned long long>(trace->lost.events), trace->overhead_percent);
  }
}

// Gives the exit status.
Result<int> run(RunFlags& flags) {
  const System system;
  const CancelToken& cancel = cancel_on_interrupt();
  flags.request.prompt = flags.prompt == "-" ? read_stdin() : flags.prompt;
  if (flags.raw) flags.request.encode = {.add_bos = AddBos::kNever, .parse_special = false};
  TANDEM_ASSIGN(const LoadOptions options, load_options(flags.model, system));
  TANDEM_ASSIGN(const std::unique_ptr<Session> session, Session::load(options, system, {}, cancel));
  for (const std::string& note : session->summary().notes) std::cerr << "note: " << note << '\n';

  GenerateHooks hooks;
  hooks.cancel = cancel;
  hooks.token = [&flags](const GeneratedToken& token) {
    if (!flags.json) std::cout << token.text << std::flush;
  };
  std::optional<rpc::TracedRun> trace;
  std::ofstream file;
  if (!flags.trace_path.empty()) {
    file.open(flags.trace_path, std::ios::binary | std::ios::trunc);
    if (!file) return unwritable(flags.trace_path);
    trace.emplace();
    trace->options.t0_ns = session->summary().load_began_ns;
    trace->options.header_json = rpc::trace_header(*session, flags.request, system, "null");
    trace->sink = [&file](const std::string& bytes, bool) { file << bytes << std::flush; };
  }
  rpc::TracedRun* const traced = trace ? &*trace : nullptr;
  TANDEM_ASSIGN(const GenerateOutcome outcome,
                rpc::generate_traced(*session, flags.request, system, hooks, traced));
  const TraceReport* const report = traced == nullptr ? nullptr : &traced->report;
  if (flags.json) {
    Json result = rpc::generate_json(outcome, report);
    result["model"] = rpc::model_json(1, *session);
    std::cout << json_text(result) << std::endl;
  } else {
    std::cout << std::endl;
    print_summary(*session, outcome, report);
  }
  if (traced != nullptr && !file) return unwritable(flags.trace_path);
  if (outcome.finish == Finish::kCancelled) return kInterrupted;
  return outcome.finish == Finish::kProcessorFailed ? 1 : 0;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("run", "Continue a prompt");
  const auto flags = std::make_shared<RunFlags>();
  GenerateRequest& request = flags->request;
  command->add_option("model", flags->model.path, "A GGUF file")->required();
  command->add_option("prompt", flags->prompt, "The prompt; - reads it from stdin")->capture_default_str();
  add_model_flags(*command, flags->model);
  command->add_option("-n,--max-tokens", request.max_tokens, "Tokens to generate at most")
      ->capture_default_str();
  command->add_option("--temperature", request.sampler.temperature, "0: the likeliest token")
      ->capture_default_str();
  command->add_option("--top-k", request.sampler.top_k, "0: off")->capture_default_str();
  command->add_option("--top-p", request.sampler.top_p, "1: off")->capture_default_str();
  command->add_option("--min-p", request.sampler.min_p, "0: off")->capture_default_str();
  command->add_option("--repetition-penalty", request.sampler.repetition_penalty, "1: off")
      ->capture_default_str();
  command->add_option("--repetition-window", request.sampler.repetition_window, "Tokens")
      ->capture_default_str();
  command->add_option("--seed", request.sampler.seed, "Of the random choice")->capture_default_str();
  command->add_option("--stop", request.stop, "End before this text; may be given several times");
  command->add_option("--trace", flags->trace_path, "Write a Perfetto trace to this file");
  command->add_flag("--json", flags->json, "Print the result as JSON when the run is over");
  command->add_flag("--raw", flags->raw, "Take the prompt as plain text: no begin token, no special tokens");
  command->callback([flags, &status] {
    const Result<int> result = run(*flags);
    status = result.ok() ? *result : report(result.error(), flags->json);
  });
}

}  // namespace tandem::app
