// A description of a phone's SoC that stands in for a measured profile: what its processors, memory and
// drivers cost, each constant with its origin and source. agent/soc/*.json are part of the program.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem {

// How a constant came about. `calibrated` descriptions have measured ones where it matters.
enum class FieldOrigin : uint8_t { kMeasured, kPublished, kAssumed };
inline constexpr int kFieldOrigins = 3;
[[nodiscard]] std::string_view field_origin_name(FieldOrigin origin);

struct SocField {
  std::string path;  // "npu.matmulTflops"
  double value = 0;
  FieldOrigin origin = FieldOrigin::kAssumed;
  std::string source;  // One line.
};

// Units: us, ms, TFLOPS (1e12/s), GB/s (1e9/s), W. "Paper" is arXiv 2501.14794, its Table 3 the calibration.
struct SocDescription {
  std::string id, name, gpu_name, npu_name;
  bool calibrated = false;

  // A kernel for few tokens streams the weight once; one for many (GEMM) has a time that rises linearly over
  // a floor, so that its rate rises with size and then stays flat (GPU-1).
  struct Gpu {
    double few_tokens = 0;  // The kernel for few tokens is used up to here.
    double few_tokens_tflops = 0;
    double gemm_floor_us = 0;
    double gemm_tflops = 0;  // Rate of what comes on top of the floor.
    double attention_tflops = 0;
    double activation_bits = 0;  // Of activations between its kernels.
  } gpu;

  // A staircase in every dimension (NPU-1); rate falls with columns over a limit (NPU-3).
  struct Npu {
    double stage = 0;
    double matmul_tflops = 0;  // At up to good_columns columns of the streamed weight.
    double good_columns = 0;   // Above it, time grows by columns / good_columns once more.
    double graph_mib = 0;      // That a compiled graph holds beside its weights.
  } npu;

  struct Memory {
    double gpu_gbps = 0;  // Alone, in decode.
    double npu_gbps = 0;
    double together_gbps = 0;
    double gpu_share = 0;  // Of together_gbps where both want more.
  } memory;

  // One matmul by itself on idle processors, as a profiler runs it: what a full queue hides is paid.
  struct Isolated {
    double gpu_overhead_us = 0;
    double gpu_overhead_us_per_kcolumn = 0;  // For each 1000 columns over npu.good_columns.
    double npu_overhead_us = 0;
    double npu_stream_gbps = 0;  // At few tokens; falls as matmul_tflops does.
    double npu_least_rows = 0;   // At few tokens fewer rows cost as much.
  } isolated;

  struct Sync {
    double poll_us = 0;               // Until the poll of a flag sees it.
    double sleep_granularity_us = 0;  // By which a sleep may take longer than asked.
    double driver_join_us = 0;
    double submit_us = 0;          // Queue not empty.
    double drained_submit_us = 0;  // Queue run empty.
    double sample_us = 0;          // The CPU chooses a token.
  } sync;

  struct Compile {
    double graph_ms = 0;              // Of each graph.
    double us_per_token_mweight = 0;  // And for each token and 1e6 weights.
  } compile;

  struct PowerFigures {
    double idle_w = 0, gpu_w = 0, npu_w = 0, memory_w_per_gbps = 0;  // On top of idle, while busy.
  } power;

  std::vector<SocField> fields;  // All of the above, in the order of the schema.
  [[nodiscard]] int count(FieldOrigin origin) const;
};

// Strict: every field of the schema, with value, origin and source, inside its bounds, and nothing else.
// Errors: invalid-argument, naming the field; `where` names the file in them.
[[nodiscard]] Result<SocDescription> read_soc(std::string_view json, const std::string& where);

// Descriptions that come with the program, by id ("snapdragon-8-gen-3"); ids in alphabetical order.
[[nodiscard]] const std::vector<std::string>& soc_ids();
// Error: not-found, listing the ids.
[[nodiscard]] Result<SocDescription> built_in_soc(std::string_view id);

}  // namespace tandem
