// Which activation lives in which slot of the pool. Values whose lives do not overlap share a slot, so a
// model of any depth needs about half a dozen.
#pragma once

#include "graph/graph.h"

namespace tandem {

// Fills Value::slot and Graph::slot_widths. Element-wise ops write over their first input where it dies with
// them and `in_place` lets them.
void assign_slots(Graph& graph, InPlace in_place);

// True for ops whose output may be the memory of their first input.
[[nodiscard]] bool may_run_in_place(OpKind kind, InPlace in_place);

}  // namespace tandem
