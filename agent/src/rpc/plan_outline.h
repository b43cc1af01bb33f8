// The part of a plan that a trace carries and a person looks at.
#pragma once

#include "plan/plan.h"

namespace tandem::rpc {

// Only the spans of the standard lengths, which are those that differ for a reason; a plan has a span for
// every few tokens. A length between two spans that are left is placed as the next longer one of them.
[[nodiscard]] Plan plan_outline(const Plan& plan);

}  // namespace tandem::rpc
