#include "backends/opencl/opencl_processor.h"

#include <utility>

#include "backends/opencl/opencl_cache.h"
#include "backends/opencl/opencl_program.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kMaxHeadDim = 256;

}  // namespace

Result<std::unique_ptr<OpenClProcessor>> OpenClProcessor::create(const OpenClOptions& options) {
  TANDEM_ASSIGN(std::unique_ptr<Device> device, Device::open(options));
  return std::unique_ptr<OpenClProcessor>(new OpenClProcessor(std::move(device)));
}

ProcessorInfo OpenClProcessor::info() const {
  ProcessorInfo info = describe(device_->facts());
  const std::optional<MatmulSizes>& sizes = kernels_.tuned();
  if (!sizes) return info;
  if (sizes->gemv.subgroups) info.features.emplace_back("decode sums in subgroups");
  if (sizes->gemv.dot) info.features.emplace_back("decode by integer dot product");
  if (sizes->subgroups) info.features.emplace_back("norms and attention reduce in subgroups");
  return info;
}

std::optional<std::string> OpenClProcessor::why_not(const Graph& graph, const Weights&, const Op& op) const {
  if (op.kind == OpKind::kAttention && graph.shape.head_dim > kMaxHeadDim) {
    return "Attention on the GPU runs heads of up to " + std::to_string(kMaxHeadDim) +
           " elements, and this model's have " + std::to_string(graph.shape.head_dim) +
           ": choose another model.";
  }
  return std::nullopt;
}

Result<std::unique_ptr<KvCache>> OpenClProcessor::make_cache(const HyperParameters& shape,
                                                             int64_t positions) {
  TANDEM_ASSIGN(std::unique_ptr<OpenClCache> cache, OpenClCache::create(*device_, shape, positions));
  return std::unique_ptr<KvCache>(std::move(cache));
}

Result<std::unique_ptr<Program>> OpenClProcessor::make_program(const Graph& graph, ActivationPool& pool,
                                                               KvCache* cache) {
  TANDEM_ASSIGN(std::unique_ptr<OpenClProgram> program,
                OpenClProgram::create(*device_, kernels_, graph, pool, static_cast<OpenClCache*>(cache)));
  return std::unique_ptr<Program>(std::move(program));
}

}  // namespace tandem::opencl
