// The CPU behind the Processor interface: runs every op, on the kernels of this folder. It is the truth that
// other processors are compared with.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backends/cpu/isa.h"
#include "backends/cpu/target.h"
#include "backends/cpu/thread_pool.h"
#include "base/system.h"
#include "processor/processor.h"

namespace tandem::cpu {

struct CpuOptions {
  int threads = 0;         // 0: one per big core.
  std::optional<Isa> isa;  // Nothing: the best that is available.
};

// Threads that a processor gets: as asked for, else one per big core.
[[nodiscard]] int thread_count(const CpuOptions& options, const std::vector<CpuCore>& cores);

// What info() of a processor made with these options says, without making one.
[[nodiscard]] ProcessorInfo cpu_info(const CpuOptions& options, const System& system);

class CpuProcessor : public Processor {
 public:
  // To be called by the thread that will run programs: where cores differ in speed it is kept on the big
  // ones. Errors: unsupported where the CPU lacks the instruction set; invalid-argument.
  [[nodiscard]] static Result<std::unique_ptr<CpuProcessor>> create(const CpuOptions& options,
                                                                    const System& system);

  [[nodiscard]] ProcessorInfo info() const override;
  [[nodiscard]] std::optional<std::string> why_not(const Graph& graph, const Weights& weights,
                                                   const Op& op) const override;
  [[nodiscard]] Result<std::unique_ptr<KvCache>> make_cache(const HyperParameters& shape,
                                                            int64_t positions) override;
  [[nodiscard]] Result<std::unique_ptr<Program>> make_program(const Graph& graph, ActivationPool& pool,
                                                              KvCache* cache) override;

  [[nodiscard]] Isa isa() const { return isa_; }
  [[nodiscard]] int threads() const { return pool_.threads(); }

 private:
  CpuProcessor(Isa isa, const ThreadPool::Options& options) : isa_(isa), pool_(options) {}

  Isa isa_;
  ThreadPool pool_;
};

// What make_cache() takes.
[[nodiscard]] int64_t cache_bytes(const HyperParameters& shape, int64_t positions);

}  // namespace tandem::cpu
