#include "profile/soc_costs.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem {
namespace {

constexpr double kUsPerGflopAtTera = 1000.0;  // 1e9 flops at 1e12/s take 1000 us.

double flops_us(double flops, double tflops) { return flops / 1e9 / tflops * kUsPerGflopAtTera; }
double bytes_us(double bytes, double gbps) { return bytes / 1e3 / gbps; }

double matmul_flops(double m, double n, double k) { return 2.0 * m * n * k; }

double staircase(int64_t size, double stage) { return std::ceil(static_cast<double>(size) / stage) * stage; }

// Activations are fp32 in the graph's byte counts; these kinds move nothing but them.
bool moves_activations(OpKind kind) {
  return kind == OpKind::kNorm || kind == OpKind::kHeadNorm || kind == OpKind::kRope ||
         kind == OpKind::kSelect || kind == OpKind::kSwiglu || kind == OpKind::kGeglu ||
         kind == OpKind::kSoftcap || kind == OpKind::kAdd;
}

}  // namespace

double weight_bytes(const MatmulWork& work) {
  const TypeTraits traits = type_traits(work.type);
  return static_cast<double>(work.n) * static_cast<double>(work.k) * traits.block_bytes / traits.block_size;
}

SocCostModel::SocCostModel(SocDescription soc, Surroundings surroundings)
    : soc_(std::move(soc)), surroundings_(surroundings) {}

double SocCostModel::gpu_matmul(const MatmulWork& work) const {
  const double flops =
      matmul_flops(static_cast<double>(work.m), static_cast<double>(work.n), static_cast<double>(work.k));
  const double streaming = bytes_us(weight_bytes(work), soc_.memory.gpu_gbps);
  if (static_cast<double>(work.m) > soc_.gpu.few_tokens) {
    return std::max(streaming, soc_.gpu.gemm_floor_us + flops_us(flops, soc_.gpu.gemm_tflops));
  }
  double us = std::max(streaming, flops_us(flops, soc_.gpu.few_tokens_tflops));
  if (surroundings_ == Surroundings::kIsolated) {
    const double over = std::max(0.0, static_cast<double>(work.k) - soc_.npu.good_columns);
    us += soc_.isolated.gpu_overhead_us + soc_.isolated.gpu_overhead_us_per_kcolumn * over / 1000;
  }
  return us;
}

double SocCostModel::npu_matmul(const MatmulWork& work) const {
  const double stage = soc_.npu.stage;
  const double k = staircase(work.k, stage);
  const double shape = std::max(1.0, k / soc_.npu.good_columns);
  const double flops = matmul_flops(staircase(work.m, stage), staircase(work.n, stage), k);
  const double computing = flops_us(flops, soc_.npu.matmul_tflops) * shape;
  if (surroundings_ == Surroundings::kFullQueue) {
    return std::max(computing, bytes_us(weight_bytes(work), soc_.memory.npu_gbps));
  }
  MatmulWork streamed = work;
  streamed.n = std::max(work.n, static_cast<int64_t>(soc_.isolated.npu_least_rows));
  const double streaming =
      soc_.isolated.npu_overhead_us + bytes_us(weight_bytes(streamed), soc_.isolated.npu_stream_gbps) * shape;
  return std::max(computing, streaming);
}

Estimate SocCostModel::matmul(ProcessorKind processor, const MatmulWork& work) const {
  return {processor == ProcessorKind::kNpu ? npu_matmul(work) : gpu_matmul(work), Origin::kModeled, false};
}

Estimate SocCostModel::other(ProcessorKind /*processor*/, OpKind kind, int64_t bytes, int64_t flops) const {
  const double scale = moves_activations(kind) ? soc_.gpu.activation_bits / 32 : 1.0;
  const double moving = bytes_us(static_cast<double>(bytes) * scale, soc_.memory.gpu_gbps);
  const double computing =
      kind == OpKind::kAttention ? flops_us(static_cast<double>(flops), soc_.gpu.attention_tflops) : 0.0;
  return {std::max(moving, computing), Origin::kModeled, false};
}

double SocCostModel::slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                       const MatmulWork& others) const {
  const ProcessorKind other_kind =
      processor == ProcessorKind::kNpu ? ProcessorKind::kGpu : ProcessorKind::kNpu;
  const auto wanted = [this](ProcessorKind kind, const MatmulWork& work) {
    return weight_bytes(work) / 1e3 / std::max(matmul(kind, work).us, 1e-9);  // GB/s
  };
  const double mine = wanted(processor, own);
  const double theirs = wanted(other_kind, others);
  const double all = soc_.memory.together_gbps;
  if (mine + theirs <= all) return 1.0;
  const double gpu_share = soc_.memory.gpu_share;
  const double share = processor == ProcessorKind::kNpu ? 1.0 - gpu_share : gpu_share;
  const double granted = std::min(mine, std::max(share * all, all - theirs));
  return mine / granted;
}

SyncCosts SocCostModel::sync(SyncMode mode) const {
  SyncCosts costs;
  costs.join_us = mode == SyncMode::kFast ? soc_.sync.poll_us : soc_.sync.driver_join_us;
  costs.submit_us = soc_.sync.submit_us;
  costs.drained_submit_us = soc_.sync.drained_submit_us;
  return costs;
}

double SocCostModel::compile_us(const MatmulWork& work) const {
  const double mweights = static_cast<double>(work.n) * static_cast<double>(work.k) / 1e6;
  return soc_.compile.graph_ms * 1e3 +
         soc_.compile.us_per_token_mweight * mweights * static_cast<double>(work.m);
}

int64_t SocCostModel::graph_bytes(const MatmulWork& /*work*/) const {
  return static_cast<int64_t>(soc_.npu.graph_mib * 1024 * 1024);
}

int64_t SocCostModel::graph_weight_bytes(const MatmulWork& work) const {
  return static_cast<int64_t>(weight_bytes(work));
}

Power SocCostModel::power() const {
  return {soc_.power.idle_w, soc_.power.gpu_w, soc_.power.npu_w, soc_.power.memory_w_per_gbps, true};
}

std::string SocCostModel::name() const {
  return soc_.name + (soc_.calibrated ? " (calibrated)" : " (uncalibrated)");
}

}  // namespace tandem
