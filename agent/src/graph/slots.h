// Which activation lives in which slot of the pool. Values whose lives do not overlap share a slot, so a
// model of any depth needs about half a dozen.
#pragma once

#include "graph/graph.h"

namespace tandem {

// Fills Value::slot and Graph::slot_widths. Element-wise ops write over an input that dies with them.
void assign_slots(Graph& graph);

// True for ops whose output may be the memory of their first input.
[[nodiscard]] bool may_run_in_place(OpKind kind);

}  // namespace tandem
