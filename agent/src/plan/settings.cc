#include "plan/settings.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "plan/pieces.h"

namespace tandem {
namespace {

constexpr int64_t kLongestLength = 65536;
constexpr size_t kMostLengths = 32;
constexpr size_t kMostOverrides = 256;
constexpr size_t kLongestPattern = 256;

Error bad(std::string field, const std::string& expected) {
  return {ErrorCode::kInvalidArgument,
          "The setting " + field + " has to be " + expected + ".",
          {{"field", std::move(field)}, {"expected", expected}}};
}

Result<void> check_range(const char* field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return {};
  return bad(field, "from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<void> check_lengths(const std::vector<int64_t>& lengths) {
  constexpr const char* kField = "standardLengths";
  if (lengths.empty() || lengths.size() > kMostLengths) {
    return bad(kField, "a list of 1 to " + std::to_string(kMostLengths) + " lengths");
  }
  for (const int64_t length : lengths) TANDEM_TRY(check_range(kField, length, 1, kLongestLength));
  if (std::ranges::adjacent_find(lengths, std::greater_equal{}) != lengths.end()) {
    return bad(kField, "ascending, each length once");
  }
  return {};
}

Result<void> check_overrides(const std::vector<Override>& overrides) {
  if (overrides.size() > kMostOverrides) {
    return bad("overrides", "a list of at most " + std::to_string(kMostOverrides) + " overrides");
  }
  for (size_t i = 0; i < overrides.size(); ++i) {
    const Override& one = overrides[i];
    const std::string where = "overrides[" + std::to_string(i) + "].";
    if (one.pattern.empty() || one.pattern.size() > kLongestPattern) {
      return bad(where + "pattern", "a name of 1 to " + std::to_string(kLongestPattern) + " characters");
    }
    if (!(one.npu_share >= 0 && one.npu_share <= 1)) return bad(where + "npuShare", "from 0 to 1");
    if (one.npu_share > 0 && one.strategy != Strategy::kWeight && one.strategy != Strategy::kHybrid) {
      return bad(where + "npuShare", "left out unless the strategy is weight or hybrid");
    }
  }
  return {};
}

}  // namespace

Result<void> check_settings(const SolverSettings& settings) {
  std::vector<Strategy> strategies = settings.strategies;
  std::ranges::sort(strategies);
  if (std::ranges::adjacent_find(strategies) != strategies.end()) {
    return bad("strategies", "a list that names each strategy once");
  }
  TANDEM_TRY(check_lengths(settings.standard_lengths));
  TANDEM_TRY(check_range("rowStep", settings.row_step, 1, kLongestLength));
  TANDEM_TRY(check_range("minNpuTokens", settings.min_npu_tokens, 1, kLongestLength));
  TANDEM_TRY(check_range("maxPieces", settings.max_pieces, 1, static_cast<int64_t>(kMostPieces)));
  TANDEM_TRY(check_range("maxGraphs", settings.max_graphs, 0, int64_t{1} << 30));
  TANDEM_TRY(check_range("maxGraphBytes", settings.max_graph_bytes, 0, int64_t{1} << 50));
  if (!(settings.max_compile_ms >= 0 && settings.max_compile_ms <= 1e9)) {
    return bad("maxCompileMs", "from 0 to 1000000000");
  }
  if (!(settings.gpu_share_cap > 0 && settings.gpu_share_cap <= 1)) {
    return bad("gpuShareCap", "above 0 and at most 1");
  }
  return check_overrides(settings.overrides);
}

}  // namespace tandem
