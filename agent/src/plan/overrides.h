// Which override holds for which op.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "plan/settings.h"

namespace tandem {

// True where the whole name matches; `*` matches any run of characters, also none.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

struct ResolvedOverrides {
  std::vector<int32_t> of_op;  // Index into the settings' overrides, -1: none. Only matmuls have one.
  std::vector<std::string> notes;
};

// Where several match an op, the last holds; a note says so if they disagree. A pattern that matches no
// matmul gives a note, too.
[[nodiscard]] ResolvedOverrides resolve_overrides(const Graph& graph, const std::vector<Override>& overrides);

}  // namespace tandem
