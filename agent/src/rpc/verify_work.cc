#include "rpc/verify_work.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "rpc/load_params.h"
#include "rpc/wire.h"
#include "runtime/processors.h"
#include "verify/verify.h"

namespace tandem::rpc {
namespace {

// Those that are asked for, the GPU first. Error: processor-missing where one is not ready, or none is.
Result<std::vector<ProcessorInfo>> subjects_of(const VerifyParams& params, const System& system) {
  std::vector<ProcessorInfo> subjects;
  std::map<std::string, std::string> reasons;
  for (const ProcessorInfo& info : known_processors(system)) {
    const bool asked = params.processors.empty() || std::ranges::count(params.processors, info.kind) > 0;
    if (info.kind == ProcessorKind::kCpu || !asked) continue;
    const bool ready = info.state == ProcessorState::kReady;
    if (ready) subjects.push_back(info);
    if (!ready && !params.processors.empty())
      return Error{ErrorCode::kProcessorMissing, info.reason, {{"processor", info.name}}};
    if (!ready) reasons.emplace(processor_kind_name(info.kind), info.reason);
  }
  if (!subjects.empty()) return subjects;
  return Error{
      ErrorCode::kProcessorMissing,
      "Neither a GPU nor an NPU is ready here, so there is nothing to compare with the CPU: the list "
      "of devices says why.",
      std::move(reasons)};
}

Json number_or_null(const VerifyRow& row, double value) {
  const bool compared = row.outcome == VerifyOutcome::kPassed || row.outcome == VerifyOutcome::kBeyond;
  return compared && std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json row_json(const Session& session, const VerifyRow& row) {
  std::string kinds;
  for (const OpId id : row.ops)
    kinds += (kinds.empty() ? "" : " + ") +
             std::string(op_kind_name(session.graph().ops[static_cast<size_t>(id)].kind));
  const Op& op = session.graph().ops[static_cast<size_t>(row.ops.back())];
  const Json type =
      op.weight == kNoWeight ? Json(nullptr) : Json(type_traits(session.weights().view(op.weight).type).name);
  return {{"processor", processor_kind_name(row.processor)},
          {"kind", kinds},
          {"op", op.name},
          {"standsFor", row.stands_for},
          {"k", op.k},
          {"n", op.n},
          {"type", type},
          {"tokens", row.tokens},
          {"paddedTokens", row.padded_tokens},
          {"outcome", verify_outcome_name(row.outcome)},
          {"nmse", number_or_null(row, row.difference.nmse)},
          {"maxError", number_or_null(row, row.difference.max_error)},
          {"reason", row.reason.empty() ? Json(nullptr) : Json(row.reason)}};
}

}  // namespace

Result<VerifyParams> parse_verify(const Json& params) {
  VerifyParams parsed;
  Fields fields(params, "params");
  parsed.model_id = fields.integer("modelId");
  for (const std::string& name : fields.texts_or_none("processors")) {
    const auto kind = processor_kind_by_name(name);
    if (!kind || *kind == ProcessorKind::kCpu) fields.refuse("processors", "gpu and npu");
    if (kind) parsed.processors.push_back(*kind);
  }
  TANDEM_TRY(fields.finish());
  return parsed;
}

Result<Json> verify_model(const Session& session, const VerifyParams& params, const System& system,
                          const CompleteHooks& hooks) {
  const int64_t began = boottime_ns();
  TANDEM_ASSIGN(const std::vector<ProcessorInfo> infos, subjects_of(params, system));
  ProcessorOptions options = session.processor_options();
  options.qnn.cache_folder.clear();
  TANDEM_ASSIGN(const std::unique_ptr<Processor> truth, make_processor(ProcessorKind::kCpu, options, system));
  std::vector<std::unique_ptr<Processor>> processors;
  VerifyRequest request{.graph = session.graph(),
                        .weights = session.weights(),
                        .truth = *truth,
                        .subjects = {},
                        .cancel = hooks.cancel};
  request.progress = [&hooks](int64_t done, int64_t total) {
    if (hooks.progress) hooks.progress("verify", done, total);
  };
  for (const ProcessorInfo& info : infos) {
    TANDEM_ASSIGN(std::unique_ptr<Processor> processor, make_processor(info.kind, options, system));
    request.subjects.push_back({*processor, pool_allocator(options, processor.get())});
    processors.push_back(std::move(processor));
  }
  TANDEM_ASSIGN(const VerifyReport report, verify(request));
  Json rows = Json::array();
  for (const VerifyRow& row : report.rows) rows.push_back(row_json(session, row));
  std::vector<ProcessorInfo> all = infos;
  all.insert(all.begin(), truth->info());
  return Json{{"bar", kVerifyBar},           {"passed", report.passed()},
              {"complete", report.complete}, {"processors", processors_json(all)},
              {"rows", std::move(rows)},     {"elapsedMs", static_cast<double>(boottime_ns() - began) / 1e6}};
}

}  // namespace tandem::rpc
