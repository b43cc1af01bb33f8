// The parts of a plan that a trace carries, and that a person looks at.
#pragma once

#include <cstdint>
#include <span>

#include "plan/plan.h"

namespace tandem::rpc {

// Only the spans of the standard lengths, which are those that differ for a reason; a plan has a span for
// every few tokens. A length between two spans that are left is placed as the next longer one of them.
[[nodiscard]] Plan plan_outline(const Plan& plan);

// Only the spans that steps of these numbers of tokens have, without the candidates that lost.
[[nodiscard]] Plan plan_at(const Plan& plan, std::span<const int64_t> tokens);

}  // namespace tandem::rpc
