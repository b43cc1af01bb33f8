// Parts of the graph's ops on the GPU: weights packed, kernels made, activations mapped; submit() only
// enqueues.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/opencl/batch_signal.h"
#include "backends/opencl/device_clock.h"
#include "backends/opencl/device_matrix.h"
#include "backends/opencl/kernels.h"
#include "backends/opencl/launcher.h"
#include "backends/opencl/opencl_cache.h"
#include "backends/opencl/tuning.h"
#include "processor/processor.h"

namespace tandem::opencl {

// Decode cuts the context of up to this many rows (heads of tokens, for each kv head) into splits.
inline constexpr int64_t kMostSplitRows = 16;
inline constexpr int64_t kMostSplits = 32;

class OpenClProgram : public Program {
 public:
  // All of them outlive the program. Errors: out-of-memory, processor-failed.
  [[nodiscard]] static Result<std::unique_ptr<OpenClProgram>> create(const Device& device, Kernels& kernels,
                                                                     const Graph& graph, ActivationPool& pool,
                                                                     OpenClCache* cache);
  ~OpenClProgram() override;

  [[nodiscard]] Result<void> prepare(std::span<const Part> parts, const PrepareRequest& request) override;
  [[nodiscard]] Result<void> submit(const Batch& batch, const Step& step) override;
  [[nodiscard]] uint64_t completed() const override { return signal_->completed(); }
  [[nodiscard]] Result<void> finish(uint64_t number) override;
  [[nodiscard]] Result<void> collect(const Step& step) override;
  [[nodiscard]] Usage usage() const override { return usage_; }
  [[nodiscard]] int64_t weight_bytes() const override;
  [[nodiscard]] int64_t scratch_bytes() const override;
  [[nodiscard]] std::vector<std::string> notes() const override;

  // How far recorded times may be from CLOCK_BOOTTIME.
  [[nodiscard]] std::optional<int64_t> clock_error_ns() const override { return clock_.error_ns(); }

 private:
  struct MatmulKernels {
    Kernel embed, gemv;
    std::array<Kernel, 3> gemm;  // By kTiles.
    MatmulSizes sizes;
    GemvForm form;  // What the sizes say, as far as the format has it.
  };
  struct Matrix {
    DeviceMatrix weight;
    const MatmulKernels* kernels;
  };
  struct Scratch {
    Buffer buffer;
    int64_t bytes = 0;
  };
  struct Rope {
    Buffer coarse, fine;
  };
  // Where rows of a value lie from one column on.
  struct Place {
    cl_mem memory = nullptr;
    int32_t offset = 0, stride = 0;  // Elements.
  };
  // A part whose kernels are in the queue.
  struct Ran {
    Part part;
    size_t first_event = 0;
    size_t events = 0;
    bool last = false;  // Of its batch.
    uint32_t flow = 0;  // Of its batch.
  };
  // What the input tiles hold; -1: nothing.
  struct Packed {
    ValueId value = kNoValue;
    int64_t first_token = 0, tokens = 0;
    int tile = 0;

    friend bool operator==(const Packed&, const Packed&) = default;
  };

  OpenClProgram(const Device& device, Kernels& kernels, const Graph& graph, ActivationPool& pool,
                OpenClCache* cache)
      : device_(device), kernels_(kernels), graph_(graph), pool_(pool), cache_(cache), launcher_(device) {}

  // program_prepare.cc
  [[nodiscard]] Result<void> map_pool();
  [[nodiscard]] Result<void> prepare_part(const Part& part, const PrepareRequest& request);
  [[nodiscard]] Result<void> prepare_matrix(const Part& part, const PrepareRequest& request);
  [[nodiscard]] Result<void> prepare_vector(WeightId id, const PrepareRequest& request);
  [[nodiscard]] Result<void> prepare_rope(const Op& op, const PrepareRequest& request);
  [[nodiscard]] Result<void> prepare_attention();
  [[nodiscard]] Result<const MatmulKernels*> matmul_kernels(const Format& format);
  [[nodiscard]] Result<void> elementwise_kernel(const char* name);
  [[nodiscard]] Result<void> reserve(Scratch& scratch, int64_t bytes) const;

  // program_ops.cc
  // The element-wise kernel of the op.
  [[nodiscard]] static const char* window_kernel(OpKind kind);
  [[nodiscard]] Result<void> run_part(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_embed(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_norm(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_head_norm(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_rope(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_kv_append(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_windows(const Part& part, const Step& step);
  // program_matmul.cc
  [[nodiscard]] Result<void> run_matmul(const Part& part, const Step& step);
  [[nodiscard]] Result<void> run_rows(const Part& part, const Step& step, int64_t first_row, int64_t rows,
                                      int tile);
  [[nodiscard]] Result<void> pack_input(const Part& part, int tile);
  [[nodiscard]] Result<void> quantise_input(const Part& part);
  // program_attention.cc
  [[nodiscard]] Result<void> run_attention(const Part& part, const Step& step);

  [[nodiscard]] const Op& op_of(const Part& part) const { return graph_.ops[static_cast<size_t>(part.op)]; }
  [[nodiscard]] const Value& value_of(ValueId id) const { return graph_.values[static_cast<size_t>(id)]; }
  [[nodiscard]] cl_mem memory_of(ValueId id) const {
    return slots_[static_cast<size_t>(value_of(id).slot)].get();
  }
  [[nodiscard]] Place place(ValueId id, Split split, const Step& step, int64_t row, int64_t column) const;
  [[nodiscard]] int32_t split_of(ValueId id, Split split) const {
    return static_cast<int32_t>(split == 0 ? value_of(id).width : split);
  }
  // Position of the part's first row in the context.
  [[nodiscard]] int64_t position_of(const Part& part, const Step& step) const;

  [[nodiscard]] Result<void> give_slots_to_device();
  [[nodiscard]] Result<void> give_slots_to_host(uint64_t number, bool signals);
  [[nodiscard]] Result<void> fail(Error error);
  void drain();

  const Device& device_;
  Kernels& kernels_;
  const Graph& graph_;
  ActivationPool& pool_;
  OpenClCache* cache_;
  Launcher launcher_;
  std::unique_ptr<BatchSignal> signal_;
  DeviceClock clock_;

  std::vector<Buffer> slots_;
  std::vector<void*> mapped_;  // Where not unified: slots that the host holds.
  std::map<WeightId, Matrix> matrices_;
  std::map<WeightId, Buffer> vectors_;
  std::map<WeightId, int64_t> vector_bytes_;
  std::vector<std::pair<Format, std::unique_ptr<MatmulKernels>>> matmul_kernels_;
  std::map<std::string, Kernel> elementwise_;
  std::array<Kernel, 3> attention_;  // By kTiles.
  Kernel combine_;
  std::array<Rope, 2> ropes_;  // Of layers that see everything, and of local ones.
  int64_t rope_bytes_ = 0;
  Scratch tiles_, quantised_, partial_, ids_;
  std::deque<std::vector<int32_t>> staged_ids_;  // What the queue may still read.
  Packed packed_, quantised_token_;
  std::set<TensorType> widened_;

  std::vector<Ran> ran_;
  Usage usage_;
  std::optional<Error> failure_;  // Once set, nothing runs any more.
  mutable std::mutex last_mutex_;
  Event last_;  // Of what was enqueued last; finish() waits for it from any thread.
};

}  // namespace tandem::opencl
