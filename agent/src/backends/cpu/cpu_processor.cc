#include "backends/cpu/cpu_processor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/cpu/attention.h"
#include "backends/cpu/cpu_cache.h"
#include "backends/cpu/cpu_program.h"
#include "processor/cpu_name.h"

namespace tandem::cpu {
namespace {

constexpr int kMostThreads = 256;

bool cores_differ(const std::vector<CpuCore>& cores) {
  return std::any_of(cores.begin(), cores.end(), [](const CpuCore& core) { return !core.big; });
}

std::vector<int> big_cores(const std::vector<CpuCore>& cores) {
  std::vector<int> ids;
  for (const CpuCore& core : cores) {
    if (core.big) ids.push_back(core.id);
  }
  return ids;
}

ProcessorInfo describe(Isa isa, int threads) {
  ProcessorInfo info;
  info.kind = ProcessorKind::kCpu;
  info.name = cpu_name() + ", " + std::string(isa_name(isa));
  info.role = ProcessorRole::kPrimary;
  for (const Isa each : available_isas()) info.features.emplace_back(isa_name(each));
  info.threads = threads;
  info.isa = isa_name(isa);
  return info;
}

}  // namespace

int thread_count(const CpuOptions& options, const std::vector<CpuCore>& cores) {
  if (options.threads > 0) return options.threads;
  return std::max<int>(1, static_cast<int>(big_cores(cores).size()));
}

Result<std::unique_ptr<CpuProcessor>> CpuProcessor::create(const CpuOptions& options, const System& system) {
  if (options.threads < 0 || options.threads > kMostThreads) {
    return Error{ErrorCode::kInvalidArgument,
                 "The number of threads is " + std::to_string(options.threads) +
                     "; give 0 (one per big core) to " + std::to_string(kMostThreads) + ".",
                 {{"threads", std::to_string(options.threads)}}};
  }
  const Isa isa = options.isa.value_or(best_isa());
  if (!isa_available(isa)) {
    const std::string wanted(isa_name(isa));
    const std::string best(isa_name(best_isa()));
    return Error{
        ErrorCode::kUnsupported,
        "This CPU or build has no " + wanted + " kernels: choose auto, which takes " + best + " here.",
        {{"isa", wanted}, {"best", best}}};
  }
  const std::vector<CpuCore> cores = system.cores();
  ThreadPool::Options pool;
  pool.threads = thread_count(options, cores);
  const std::vector<int> big = big_cores(cores);
  if (cores_differ(cores) && pool.threads <= static_cast<int>(big.size())) {
    pool.cores = big;
    keep_current_thread_on(big);
  }
  return std::unique_ptr<CpuProcessor>(new CpuProcessor(isa, pool));
}

ProcessorInfo cpu_info(const CpuOptions& options, const System& system) {
  return describe(options.isa.value_or(best_isa()), thread_count(options, system.cores()));
}

ProcessorInfo CpuProcessor::info() const { return describe(isa_, pool_.threads()); }

std::optional<std::string> CpuProcessor::why_not(const Graph& graph, const Weights&, const Op& op) const {
  if (op.kind == OpKind::kAttention && graph.shape.head_dim > kMaxHeadDim) {
    return "Attention on the CPU runs heads of up to " + std::to_string(kMaxHeadDim) +
           " elements, and this model's have " + std::to_string(graph.shape.head_dim) +
           ": choose another model.";
  }
  return std::nullopt;
}

int64_t cache_bytes(const HyperParameters& shape, int64_t positions) {
  return CpuCache::bytes_needed(shape, positions);
}

Result<std::unique_ptr<KvCache>> CpuProcessor::make_cache(const HyperParameters& shape, int64_t positions) {
  TANDEM_ASSIGN(std::unique_ptr<CpuCache> cache, CpuCache::create(shape, positions));
  return std::unique_ptr<KvCache>(std::move(cache));
}

Result<std::unique_ptr<Program>> CpuProcessor::make_program(const Graph& graph, ActivationPool& pool,
                                                            KvCache* cache) {
  return std::unique_ptr<Program>(
      std::make_unique<CpuProgram>(graph, pool, static_cast<const CpuCache*>(cache), Target{isa_, pool_}));
}

}  // namespace tandem::cpu
