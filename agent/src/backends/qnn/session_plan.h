// Which graphs are compiled into which context.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "backends/qnn/options.h"
#include "processor/processor.h"

namespace tandem::qnn {

// One graph: rows of an op's weight times a fixed number of tokens.
struct GraphKey {
  OpId op = 0;
  int64_t first_row = 0, rows = 0, tokens = 0;
  friend auto operator<=>(const GraphKey&, const GraphKey&) = default;
};

// Rows of a weight and all lengths that are multiplied with them.
struct WeightGroup {
  OpId op = 0;
  int64_t first_row = 0, rows = 0;
  std::vector<int64_t> tokens;
};

using SessionPlan = std::vector<WeightGroup>;

// Unique in its context, letters, digits and underscores only.
[[nodiscard]] std::string graph_name(const Graph& graph, const GraphKey& key);

// Graphs that the parts ask for and `known` lacks, in the order of the parts, cut where a context's weights
// would pass session_bytes. A group is never cut.
[[nodiscard]] std::vector<SessionPlan> plan_sessions(const Graph& graph, std::span<const Part> parts,
                                                     const std::set<GraphKey>& known,
                                                     const QnnOptions& options);

[[nodiscard]] int64_t graph_count(const SessionPlan& plan);
// Static data of all groups.
[[nodiscard]] int64_t session_bytes(const Graph& graph, const SessionPlan& plan, WeightForm form);

}  // namespace tandem::qnn
