#include "plan/overrides.h"

#include <set>
#include <utility>

namespace tandem {
namespace {

bool same_order(const Override& a, const Override& b) {
  return a.strategy == b.strategy && a.npu_share == b.npu_share;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  // One star is remembered: when the text behind it does not fit, it swallows one character more.
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ResolvedOverrides resolve_overrides(const Graph& graph, const std::vector<Override>& overrides) {
  ResolvedOverrides resolved{std::vector<int32_t>(graph.ops.size(), -1), {}};
  std::vector<bool> used(overrides.size(), false);
  std::set<std::pair<size_t, size_t>> replaced;
  for (size_t op = 0; op < graph.ops.size() && !overrides.empty(); ++op) {
    if (graph.ops[op].kind != OpKind::kMatmul) continue;
    for (size_t i = 0; i < overrides.size(); ++i) {
      if (!matches(overrides[i].pattern, graph.ops[op].name)) continue;
      used[i] = true;
      int32_t& holder = resolved.of_op[op];
      if (holder >= 0 && !same_order(overrides[static_cast<size_t>(holder)], overrides[i])) {
        replaced.emplace(static_cast<size_t>(holder), i);
      }
      holder = static_cast<int32_t>(i);
    }
  }
  for (size_t i = 0; i < overrides.size(); ++i) {
    if (used[i]) continue;
    resolved.notes.push_back("The override \"" + overrides[i].pattern +
                             "\" matches no matmul of this model.");
  }
  for (const auto& [earlier, later] : replaced) {
    resolved.notes.push_back("The overrides \"" + overrides[earlier].pattern + "\" (" +
                             std::string(strategy_name(overrides[earlier].strategy)) + ") and \"" +
                             overrides[later].pattern + "\" (" +
                             std::string(strategy_name(overrides[later].strategy)) +
                             ") disagree on some ops; there the later one holds.");
  }
  return resolved;
}

}  // namespace tandem
