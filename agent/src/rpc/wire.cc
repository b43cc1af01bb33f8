#include "rpc/wire.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "plan/json.h"
#include "processor/cpu_name.h"
#include "rpc/about.h"
#include "rpc/params.h"
#include "rpc/plan_outline.h"
#include "rpc/sha256.h"

namespace tandem::rpc {
namespace {

std::string os_name() {
  utsname names{};
  if (uname(&names) != 0) return "unknown";
  return std::string(names.sysname) + " " + names.release;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json special_token_json(const Tokenizer& tokenizer, std::optional<int32_t> id) {
  if (!id) return nullptr;
  return {{"id", *id}, {"text", tokenizer.token_text(*id)}};
}

Json memory_json(const MemoryUse& use) {
  return {{"weightsMapped", use.weights_mapped},
          {"weightsRepacked", use.weights_repacked},
          {"kvCache", use.kv_cache},
          {"activations", use.activations},
          {"npuGraphs", use.npu_graphs},
          {"tokenizer", use.tokenizer},
          {"total", use.total()}};
}

}  // namespace

Json device_facts_json(const System& system) {
  Json cores = Json::array();
  for (const CpuCore& core : system.cores()) {
    cores.push_back({{"id", core.id}, {"maxKhz", core.max_khz}, {"big", core.big}});
  }
  const SystemMemory memory = system.memory();
#if defined(__aarch64__)
  const char* arch = "aarch64";
#else
  const char* arch = "x86_64";
#endif
  return {{"os", os_name()},
          {"arch", arch},
          {"cpu", cpu_name()},
          {"cores", std::move(cores)},
          {"memoryBytes", memory.total},
          {"memoryAvailableBytes", memory.available},
          {"pageBytes", page_size()}};
}

Json processor_json(const ProcessorInfo& info) {
  return {{"kind", processor_kind_name(info.kind)},
          {"name", info.name},
          {"state", processor_state_name(info.state)},
          {"role", processor_role_name(info.role)},
          {"reason", text_or_null(info.reason)},
          {"features", info.features},
          {"threads", info.threads}};
}

Json processors_json(const std::vector<ProcessorInfo>& infos) {
  Json list = Json::array();
  for (const ProcessorInfo& info : infos) list.push_back(processor_json(info));
  return list;
}

const std::vector<ProcessorInfo>& known_processors(const System& system) {
  static const std::vector<ProcessorInfo> infos = processor_infos(ProcessorOptions{}, system);
  return infos;
}

Json plan_or_null(const Session& session) {
  if (!session.plan()->has_npu) return nullptr;
  return to_json(session.graph(), session.weights(), plan_outline(*session.plan()));
}

Json hello_json(const System& system) {
  return {{"agent",
           {{"version", agent_version()},
            {"target", agent_target()},
            {"build", agent_build()},
            {"executableHash", sha256_of_file("/proc/self/exe")}}},
          {"protocol", kProtocol},
          {"pid", getpid()},
          {"device", device_facts_json(system)},
          {"processors", processors_json(known_processors(system))},
          {"notes", agent_notes()}};
}

Json device_status_json(const System& system, const std::string& busy) {
  const ProcessMemory process = system.process_memory();
  Json temperatures = Json::array();
  for (const ThermalZone& zone : system.temperatures()) {
    temperatures.push_back({{"zone", zone.name}, {"celsius", zone.celsius}});
  }
  return {{"memoryAvailableBytes", system.memory().available},
          {"agentMemoryBytes", process.resident},
          {"agentPeakMemoryBytes", process.peak},
          {"temperatures", std::move(temperatures)},
          {"clocksKhz", system.clocks_khz()},
          {"busy", text_or_null(busy)}};
}

Json model_json(int64_t id, const Session& session) {
  const ModelSummary& summary = session.summary();
  const HyperParameters& shape = session.shape();
  const Tokenizer& tokenizer = session.tokenizer();
  return {{"modelId", id},
          {"name", summary.name},
          {"family", family_name(shape.family)},
          {"parameters", summary.parameters},
          {"weightBytesByType", summary.weight_bytes_by_type},
          {"layers", shape.layers},
          {"contextLength", summary.context},
          {"trainedContextLength", shape.trained_context},
          {"vocabularySize", shape.vocabulary},
          {"chatTemplate", text_or_null(summary.chat_template)},
          {"bos", special_token_json(tokenizer, tokenizer.bos())},
          {"eos", special_token_json(tokenizer, tokenizer.eos())},
          {"memory", memory_json(summary.memory)},
          {"loadMs", summary.load_ms},
          {"repackMs", summary.repack_ms},
          {"threads", session.processors().front().threads},
          {"isa", session.processors().front().isa},
          {"processors", processors_json(session.processors())},
          {"plan", plan_or_null(session)},
          {"notes", summary.notes}};
}

Json stats_json(const GenerateStats& stats) {
  return {{"promptTokens", stats.prompt_tokens},
          {"generatedTokens", stats.generated_tokens},
          {"cachedTokens", stats.cached_tokens},
          {"timeToFirstTokenMs", stats.time_to_first_token_ms},
          {"prefillMs", stats.prefill_ms},
          {"prefillTokensPerSecond", stats.prefill_tokens_per_second},
          {"decodeMs", stats.decode_ms},
          {"decodeTokensPerSecond", stats.decode_tokens_per_second},
          {"peakMemoryBytes", stats.peak_memory_bytes}};
}

Json ran_on_json(const std::vector<RanOn>& ran_on) {
  Json list = Json::array();
  for (const RanOn& ran : ran_on) {
    list.push_back({{"processor", processor_kind_name(ran.processor)},
                    {"ops", ran.ops},
                    {"ns", ran.busy_ns},
                    {"share", ran.share}});
  }
  return list;
}

Json generate_json(const GenerateOutcome& outcome, const TraceReport* trace) {
  Json report = nullptr;
  if (trace != nullptr) {
    report = {{"bytes", trace->bytes},
              {"events", trace->events},
              {"lost", trace->lost.events},
              {"overheadPercent", trace->overhead_percent}};
  }
  return {{"text", outcome.text},
          {"finish", finish_name(outcome.finish)},
          {"finishDetail", text_or_null(outcome.detail)},
          {"stats", stats_json(outcome.stats)},
          {"ranOn", ran_on_json(outcome.ran_on)},
          {"notes", outcome.notes},
          {"trace", std::move(report)}};
}

Json bench_json(const std::vector<BenchRow>& rows) {
  Json list = Json::array();
  for (const BenchRow& row : rows) {
    list.push_back({{"test", row.test},
                    {"tokens", row.tokens},
                    {"samples", row.samples},
                    {"median", row.median},
                    {"mean", row.mean},
                    {"deviation", row.deviation},
                    {"ranOn", ran_on_json(row.ran_on)}});
  }
  return {{"rows", std::move(list)}};
}

Json error_data_json(const Error& error) {
  return {{"code", error_code_name(error.code)}, {"context", error.context}};
}

}  // namespace tandem::rpc
