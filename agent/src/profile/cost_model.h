// What work costs on one device's processors, as the solver and the simulation see it: measured there
// (profile/profile.h), or modeled by a SoC description (profile/soc.h). All times are in microseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "processor/processor.h"
#include "tensor/type.h"

namespace tandem {

enum class Origin : uint8_t { kMeasured, kModeled };
[[nodiscard]] std::string_view origin_name(Origin origin);

// A matmul [m, k] x [n, k]^T with weights of `type`; m counts padded tokens, n the rows of this part.
struct MatmulWork {
  int64_t m = 0, n = 0, k = 0;
  TensorType type = TensorType::kF16;
};

struct Estimate {
  double us = 0;
  Origin origin = Origin::kModeled;
  bool predicted = false;  // Not measured at this shape, but computed from shapes that were.
};

enum class SyncMode : uint8_t { kFast, kDriver };
// As in settings: "fast", "driver".
[[nodiscard]] std::string_view sync_mode_name(SyncMode mode);

// Whether the NPU can have a graph of this work.
enum class NpuSupport : uint8_t { kRuns, kTypeNotSupported, kShapeRefused };

// What handing work over costs beside the work itself.
struct SyncCosts {
  double join_us = 0;            // One processor waits for the other's result: detection and wake-up.
  double submit_us = 0;          // Control thread's time to queue one op.
  double drained_submit_us = 0;  // The same when the queue has run empty, until the op starts.
  double copy_us_per_mb = 0;     // Where memory is not shared; 0 where it is.
};

struct Power {
  double idle_w = 0, primary_w = 0, npu_w = 0, memory_w_per_gbps = 0;
  bool known = false;
};

class CostModel {
 public:
  virtual ~CostModel() = default;
  // Alone on the device, without submission and joins.
  [[nodiscard]] virtual Estimate matmul(ProcessorKind processor, const MatmulWork& work) const = 0;
  // Any other op, on the primary.
  [[nodiscard]] virtual Estimate other(ProcessorKind processor, OpKind kind, int64_t bytes,
                                       int64_t flops) const = 0;
  // Factor >= 1 by which work slows down when `processor` and the other one both stream weights (shared
  // bandwidth), for parts that move these bytes in these times alone.
  [[nodiscard]] virtual double slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                                 const MatmulWork& others) const = 0;
  [[nodiscard]] virtual SyncCosts sync(SyncMode mode) const = 0;
  [[nodiscard]] virtual NpuSupport npu_support(const MatmulWork& /*work*/) const { return NpuSupport::kRuns; }
  // Compiling the NPU graph of this work, and what it holds on the device beside its weights.
  [[nodiscard]] virtual double compile_us(const MatmulWork& work) const = 0;
  [[nodiscard]] virtual int64_t graph_bytes(const MatmulWork& work) const = 0;
  // What the weights hold there, once for graphs of all lengths that have the same rows; work.m does not
  // count.
  [[nodiscard]] virtual int64_t graph_weight_bytes(const MatmulWork& work) const = 0;
  [[nodiscard]] virtual Power power() const = 0;
  [[nodiscard]] virtual ProcessorKind primary() const = 0;
  [[nodiscard]] virtual bool has_npu() const = 0;
  [[nodiscard]] virtual Origin origin() const = 0;
  // Names the profile or description, for plans and traces: "Snapdragon 8 Gen 3 (calibrated)", "pocl-…".
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace tandem
