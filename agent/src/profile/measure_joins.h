// What handing over costs, and what the memory gives to one processor and to both.
#pragma once

#include "profile/measure.h"
#include "profile/measure_tasks.h"

namespace tandem {

// profile.fast and profile.driver, from the smallest matmul run in turns as the executor does. Errors: those
// of the programs.
[[nodiscard]] Result<void> measure_joins(const MeasureRequest& request, ActivationPool& pool,
                                         Profile& profile);

// The largest matmul for one token, streamed by each processor alone and by both from two threads.
[[nodiscard]] Result<void> measure_bandwidths(const MeasureRequest& request, ActivationPool& pool,
                                              Profile& profile);

}  // namespace tandem
