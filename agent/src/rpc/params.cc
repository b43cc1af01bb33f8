#include "rpc/params.h"

#include <limits>
#include <utility>

namespace tandem::rpc {
namespace {

constexpr int64_t kMostTraceBuffer = int64_t{1} << 30;

SamplerSettings parse_sampler(Fields& parent) {
  SamplerSettings settings;
  const Json* object = parent.object_or_null("sampler");
  if (object == nullptr) return settings;
  Fields fields(*object, "params.sampler");
  settings.temperature = static_cast<float>(fields.number_or("temperature", settings.temperature));
  settings.top_p = static_cast<float>(fields.number_or("topP", settings.top_p));
  settings.min_p = static_cast<float>(fields.number_or("minP", settings.min_p));
  settings.repetition_penalty =
      static_cast<float>(fields.number_or("repetitionPenalty", settings.repetition_penalty));
  const auto small = [&](const char* name, int32_t absent) {
    const int64_t value = fields.integer_or(name, absent);
    if (value < 0 || value > std::numeric_limits<int32_t>::max()) fields.refuse(name, "from 0 to 2147483647");
    return static_cast<int32_t>(value);
  };
  settings.top_k = small("topK", settings.top_k);
  settings.repetition_window = small("repetitionWindow", settings.repetition_window);
  settings.seed = static_cast<uint64_t>(fields.integer_or("seed", static_cast<int64_t>(settings.seed)));
  parent.take(fields.finish());
  return settings;
}

}  // namespace

std::optional<TraceParams> parse_trace(Fields& parent) {
  const Json* object = parent.object_or_null("trace");
  if (object == nullptr) return std::nullopt;
  TraceParams trace;
  Fields fields(*object, "params.trace");
  const int64_t bytes = fields.integer_or("bufferBytes", static_cast<int64_t>(trace.buffer_bytes));
  if (bytes < 1 || bytes > kMostTraceBuffer) fields.refuse("bufferBytes", "from 1 to 1073741824");
  trace.buffer_bytes = static_cast<size_t>(bytes);
  trace.context = fields.text_or("context", trace.context);
  if (!parse_json(trace.context)) fields.refuse("context", "JSON text");
  parent.take(fields.finish());
  return trace;
}

Result<void> parse_hello(const Json& params) {
  Fields fields(params, "params");
  const int64_t protocol = fields.integer("protocol");
  if (const Json* client = fields.object_or_null("client")) {
    Fields names(*client, "params.client");
    (void)names.text("name");
    (void)names.text("version");
    fields.take(names.finish());
  } else {
    fields.refuse("client", "an object");
  }
  TANDEM_TRY(fields.finish());
  if (protocol == kProtocol) return {};
  return Error{ErrorCode::kUnsupported,
               "This agent speaks protocol " + std::to_string(kProtocol) + " and the client protocol " +
                   std::to_string(protocol) + ": deploy the agent that belongs to the client.",
               {{"agentProtocol", std::to_string(kProtocol)}, {"clientProtocol", std::to_string(protocol)}}};
}

Result<void> parse_empty(const Json& params) { return Fields(params, "params").finish(); }

Result<std::optional<cpu::Isa>> parse_isa(const std::string& name) {
  if (name == "auto") return std::optional<cpu::Isa>{};
  if (const auto isa = cpu::isa_by_name(name)) return isa;
  return Error{ErrorCode::kInvalidArgument,
               "There is no instruction set \"" + name +
                   "\"; give auto, scalar, avx2, avx512vnni, neon, dotprod or i8mm.",
               {{"isa", name}}};
}

Result<int64_t> parse_model_ref(const Json& params) {
  Fields fields(params, "params");
  const int64_t id = fields.integer("modelId");
  TANDEM_TRY(fields.finish());
  return id;
}

Result<GenerateParams> parse_generate(const Json& params) {
  GenerateParams parsed;
  Fields fields(params, "params");
  parsed.model_id = fields.integer("modelId");
  parsed.run_id = fields.text("runId");
  parsed.request.prompt = fields.text("prompt");
  parsed.request.encode.parse_special = fields.boolean_or("parseSpecial", true);
  const std::string add_bos = fields.text_or("addBos", "auto");
  if (add_bos == "always") {
    parsed.request.encode.add_bos = AddBos::kAlways;
  } else if (add_bos == "never") {
    parsed.request.encode.add_bos = AddBos::kNever;
  } else if (add_bos != "auto") {
    fields.refuse("addBos", "auto, always or never");
  }
  parsed.request.max_tokens = fields.integer("maxTokens");
  parsed.request.sampler = parse_sampler(fields);
  parsed.request.stop = fields.texts_or_none("stop");
  parsed.trace = parse_trace(fields);
  TANDEM_TRY(fields.finish());
  return parsed;
}

Result<BenchParams> parse_bench(const Json& params) {
  BenchParams parsed;
  Fields fields(params, "params");
  parsed.model_id = fields.integer("modelId");
  parsed.request.prefill = fields.integers("prefill");
  parsed.request.decode = fields.integers("decode");
  parsed.request.repetitions = fields.integer_or("repetitions", parsed.request.repetitions);
  parsed.request.warm_up = fields.boolean_or("warmUp", true);
  TANDEM_TRY(fields.finish());
  return parsed;
}

}  // namespace tandem::rpc
