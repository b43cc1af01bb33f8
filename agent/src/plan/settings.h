// The settings of the solver: what `tandem.json` holds and the tuner turns. Units are in the names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/strategy.h"
#include "profile/cost_model.h"

namespace tandem {

enum class Objective : uint8_t { kLatency, kEnergy };

// Ops whose name matches the pattern (`*` matches any run of characters: `blk.*.ffn_down`) are placed so.
struct Override {
  std::string pattern;
  Strategy strategy = Strategy::kGpu;
  double npu_share = 0;  // Of the rows, for weight and hybrid, 0 to 1; 0: the solver chooses.
};

struct SolverSettings {
  // Strategies that may be chosen; the primary alone always may.
  std::vector<Strategy> strategies = {Strategy::kNpu, Strategy::kPad, Strategy::kWeight,
                                      Strategy::kActivation, Strategy::kHybrid};
  std::vector<int64_t> standard_lengths = {1,   32,  64,  128,
                                           256, 512, 1024};  // Tokens; of NPU graphs. Ascending.
  int64_t row_step = 32;                                     // Rows by which a weight's split moves.
  int64_t min_npu_tokens = 1;                                // Fewer tokens never go to the NPU.
  int64_t max_pieces = 4;                                    // NPU graph runs of one activation split.
  // Bounds on compiled NPU graphs; 0 compile time: no bound. A first load compiles all of them while
  // somebody waits. Of an 8B model on the calibrated phone, two minutes lose 4 % of the rate at 256 tokens
  // and nothing at one against no bound, which asks for 3705 graphs and four and a half minutes.
  int64_t max_graphs = 2048;
  // With their weights, which every length with a split of its own holds once more; 0: three times the
  // model's weights as the NPU holds them.
  int64_t max_graph_bytes = 0;
  double max_compile_ms = 120000;
  double gpu_share_cap = 1.0;  // Of a step's time that the GPU may be busy, so that the screen stays smooth.
  SyncMode sync = SyncMode::kFast;
  Objective objective = Objective::kLatency;
  std::vector<Override> overrides;
};

// Errors: invalid-argument, naming the field and the range.
[[nodiscard]] Result<void> check_settings(const SolverSettings& settings);

}  // namespace tandem
