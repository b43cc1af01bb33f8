// `tandem-agent bench`: rates in llama-bench's grammar.
#include "runtime/bench.h"

#include <cctype>
#include <cstdio>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/common.h"
#include "rpc/wire.h"

namespace tandem::app {
namespace {

struct BenchFlags {
  ModelFlags model;
  BenchRequest request{.prefill = {512}, .decode = {128}};
  bool no_warm_up = false;
  bool json = false;
};

// 0 leaves a kind of test out, as in llama-bench.
void drop_zeros(std::vector<int64_t>& lengths) { std::erase(lengths, 0); }

// "CPU avx512vnni", "GPU + NPU"
std::string backend_name(const Session& session) {
  std::string name;
  for (const ProcessorInfo& info : session.processors()) {
    std::string kind(processor_kind_name(info.kind));
    for (char& c : kind) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    name += (name.empty() ? "" : " + ") + kind + (info.isa.empty() ? "" : " " + info.isa);
  }
  return name;
}

void print_table(const Session& session, const std::vector<BenchRow>& rows) {
  int64_t bytes = 0;
  for (const auto& [type, size] : session.summary().weight_bytes_by_type) bytes += size;
  std::printf("| model | size | parameters | backend | threads | test | tokens/s |\n");
  std::printf("| --- | ---: | ---: | --- | ---: | ---: | ---: |\n");
  for (const BenchRow& row : rows) {
    std::printf("| %s | %s | %.2f M | %s | %d | %s | %.2f ± %.2f |\n", session.summary().name.c_str(),
                bytes_text(bytes).c_str(), static_cast<double>(session.summary().parameters) / 1e6,
                backend_name(session).c_str(), session.processors().front().threads, row.test.c_str(),
                row.mean, row.deviation);
  }
}

Result<void> run(BenchFlags& flags) {
  const System system;
  const CancelToken& cancel = cancel_on_interrupt();
  drop_zeros(flags.request.prefill);
  drop_zeros(flags.request.decode);
  flags.request.warm_up = !flags.no_warm_up;
  TANDEM_ASSIGN(LoadOptions options, load_options(flags.model, system));
  if (options.context == 0) {
    // As much as the tests need, as llama-bench does.
    for (const std::vector<int64_t>* lengths : {&flags.request.prefill, &flags.request.decode}) {
      for (const int64_t length : *lengths) options.context = std::max(options.context, length);
    }
  }
  TANDEM_ASSIGN(const std::unique_ptr<Session> session, Session::load(options, system, {}, cancel));
  const auto progress = [](std::string_view stage, int64_t done, int64_t total) {
    std::fprintf(stderr, "\r%s %lld/%lld   ", std::string(stage).c_str(), static_cast<long long>(done),
                 static_cast<long long>(total));
  };
  TANDEM_ASSIGN(const std::vector<BenchRow> rows, bench(*session, flags.request, progress, cancel));
  std::fprintf(stderr, "\n");
  if (flags.json) {
    Json result = rpc::bench_json(rows);
    result["model"] = rpc::model_json(1, *session);
    std::cout << json_text(result) << std::endl;
  } else {
    print_table(*session, rows);
  }
  return {};
}

}  // namespace

void add_bench(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("bench", "Measure prefill and decode rates");
  const auto flags = std::make_shared<BenchFlags>();
  command->add_option("-m,--model,model", flags->model.path, "A GGUF file")->required();
  add_model_flags(*command, flags->model);
  command->add_option("-p,--prefill", flags->request.prefill, "Prompt lengths; 0: none")->delimiter(',');
  command->add_option("-n,--decode", flags->request.decode, "Numbers of generated tokens; 0: none")
      ->delimiter(',');
  command->add_option("-r,--repetitions", flags->request.repetitions, "Runs of each test")
      ->capture_default_str();
  command->add_flag("--no-warm-up", flags->no_warm_up, "Measure from the first run on");
  command->add_flag("--json", flags->json, "Print JSON");
  command->callback([flags, &status] {
    const Result<void> result = run(*flags);
    status = result.ok() ? 0 : report(result.error(), flags->json);
  });
}

}  // namespace tandem::app
