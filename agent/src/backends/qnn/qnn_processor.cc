#include "backends/qnn/qnn_processor.h"

#include <filesystem>
#include <utility>

#include "backends/qnn/qnn_program.h"

namespace tandem::qnn {
namespace {

ProcessorInfo describe(const Library& library) {
  ProcessorInfo info;
  info.kind = ProcessorKind::kNpu;
  info.name = library.provider().empty() ? "NPU" : library.provider();
  info.role = ProcessorRole::kCoProcessor;
  info.features.push_back("QNN " + version_text(library.version()));
  if (!library.build_id().empty()) info.features.push_back("build " + library.build_id());
  for (const std::string& file : library.files())
    info.features.push_back("file " + std::filesystem::path(file).filename().string());
  info.threads = 1;
  return info;
}

}  // namespace

ProcessorInfo npu_info(const QnnOptions& options) {
  const auto library = Library::open(options);
  if (library.ok()) return describe(**library);
  ProcessorInfo info;
  info.kind = ProcessorKind::kNpu;
  info.name = "NPU";
  info.state = library.error().code == ErrorCode::kProcessorMissing ? ProcessorState::kMissing
                                                                    : ProcessorState::kBroken;
  info.reason = library.error().message;
  return info;
}

Result<std::unique_ptr<QnnProcessor>> QnnProcessor::create(const QnnOptions& options) {
  TANDEM_ASSIGN(std::unique_ptr<Device> device, Device::create(options));
  return std::unique_ptr<QnnProcessor>(new QnnProcessor(options, std::move(device)));
}

ProcessorInfo QnnProcessor::info() const { return describe(device_->library()); }

std::optional<std::string> QnnProcessor::why_not(const Graph&, const Weights&, const Op& op) const {
  if (op.kind == OpKind::kMatmul) return std::nullopt;
  return "The NPU runs matmuls only.";
}

Result<std::unique_ptr<KvCache>> QnnProcessor::make_cache(const HyperParameters&, int64_t) {
  return Error{
      ErrorCode::kUnsupported, "The NPU runs matmuls only: the primary processor holds keys and values.", {}};
}

Result<std::unique_ptr<Program>> QnnProcessor::make_program(const Graph& graph, ActivationPool& pool,
                                                            KvCache*) {
  return std::unique_ptr<Program>(new QnnProgram(*device_, options_, graph, pool));
}

}  // namespace tandem::qnn
