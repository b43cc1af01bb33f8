#include "backends/qnn/session_plan.h"

#include <algorithm>

#include "backends/qnn/static_weight.h"

namespace tandem::qnn {
namespace {

const Op& op_of(const Graph& graph, OpId id) { return graph.ops[static_cast<size_t>(id)]; }

}  // namespace

std::string graph_name(const Graph& graph, const GraphKey& key) {
  std::string name("g");
  name.append(std::to_string(key.op)).append("_").append(op_of(graph, key.op).name);
  name.append("_r").append(std::to_string(key.first_row)).append("_").append(std::to_string(key.rows));
  name.append("_m").append(std::to_string(key.tokens));
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !is_plain(c); }, '_');
  return name;
}

std::vector<SessionPlan> plan_sessions(const Graph& graph, std::span<const Part> parts,
                                       const std::set<GraphKey>& known, const QnnOptions& options) {
  SessionPlan groups;
  std::map<std::tuple<OpId, int64_t, int64_t>, size_t> places;
  for (const Part& part : parts) {
    const GraphKey key{part.op, part.first_row, part.rows, part.padded_tokens};
    if (known.contains(key) || key.rows <= 0 || key.tokens <= 0) continue;
    const auto [place, is_new] = places.try_emplace({key.op, key.first_row, key.rows}, groups.size());
    if (is_new) groups.push_back({key.op, key.first_row, key.rows, {}});
    std::vector<int64_t>& tokens = groups[place->second].tokens;
    if (std::find(tokens.begin(), tokens.end(), key.tokens) == tokens.end()) tokens.push_back(key.tokens);
  }
  std::vector<SessionPlan> sessions;
  int64_t held = 0;
  for (WeightGroup& group : groups) {
    std::sort(group.tokens.begin(), group.tokens.end());
    const int64_t bytes = static_bytes(group.rows, op_of(graph, group.op).k, options.weights);
    if (sessions.empty() || held + bytes > options.session_bytes) {
      sessions.emplace_back();
      held = 0;
    }
    held += bytes;
    sessions.back().push_back(std::move(group));
  }
  return sessions;
}

int64_t graph_count(const SessionPlan& plan) {
  int64_t count = 0;
  for (const WeightGroup& group : plan) count += static_cast<int64_t>(group.tokens.size());
  return count;
}

int64_t session_bytes(const Graph& graph, const SessionPlan& plan, WeightForm form) {
  int64_t bytes = 0;
  for (const WeightGroup& group : plan) bytes += static_bytes(group.rows, op_of(graph, group.op).k, form);
  return bytes;
}

}  // namespace tandem::qnn
