#include "rpc/load_params.h"

#include <limits>
#include <utility>

namespace tandem::rpc {
namespace {

std::vector<ProcessorKind> parse_processors(Fields& fields) {
  std::vector<ProcessorKind> kinds;
  for (const std::string& name : fields.texts_or_none("processors")) {
    const auto kind = processor_kind_by_name(name);
    if (kind) {
      kinds.push_back(*kind);
    } else {
      fields.refuse("processors", "a list of cpu, gpu and npu");
    }
  }
  return kinds;
}

}  // namespace

std::optional<ProcessorKind> processor_kind_by_name(std::string_view name) {
  for (const ProcessorKind kind : {ProcessorKind::kCpu, ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    if (processor_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::vector<ProcessorKind> default_processors(const std::vector<ProcessorInfo>& infos) {
  const auto takes = [&infos](ProcessorKind kind, ProcessorRole role) {
    for (const ProcessorInfo& info : infos) {
      if (info.kind == kind && info.state == ProcessorState::kReady && info.role == role) return true;
    }
    return false;
  };
  std::vector<ProcessorKind> kinds = {
      takes(ProcessorKind::kGpu, ProcessorRole::kPrimary) ? ProcessorKind::kGpu : ProcessorKind::kCpu};
  if (takes(ProcessorKind::kNpu, ProcessorRole::kCoProcessor)) kinds.push_back(ProcessorKind::kNpu);
  return kinds;
}

Result<LoadParams> parse_load(const Json& params) {
  LoadParams parsed;
  LoadOptions& options = parsed.options;
  Fields fields(params, "params");
  options.path = fields.text("path");
  options.context = fields.integer_or("contextLength", 0);
  const int64_t threads = fields.integer_or("threads", 0);
  if (threads < 0 || threads > std::numeric_limits<int>::max()) fields.refuse("threads", "0 or more");
  options.options.cpu.threads = static_cast<int>(threads);
  auto isa = parse_isa(fields.text_or("isa", "auto"));
  if (isa.ok()) {
    options.options.cpu.isa = *isa;
  } else {
    fields.take(std::move(isa).error());
  }
  options.processors = parse_processors(fields);
  options.settings = parse_settings(fields);
  parsed.costs = parse_costs(fields);
  TANDEM_TRY(fields.finish());
  return parsed;
}

}  // namespace tandem::rpc
