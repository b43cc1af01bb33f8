// Two programs that take turns, the way the executor runs them: what a chain pays where each needs what the
// other computed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "processor/processor.h"
#include "profile/cost_model.h"

namespace tandem {

// A program that has one part ready.
struct Turn {
  Program& program;
  Part part;
  StepShape shape;
  uint64_t number = 0;  // Of the last batch that was submitted; the program's batches count on from here.
};

enum class Turns : uint8_t {
  kOneByOne,  // Either works while the other waits.
  kAtOnce,    // Both work, then each waits for the other: what halves of one op do.
};

// Time of each round in us: one batch of each program, the co-processor's submitted by a thread of its own.
// Errors: those of the programs; processor-failed where the system gives no thread.
[[nodiscard]] Result<std::vector<double>> run_turns(Turn& primary, Turn& npu, SyncMode mode, Turns turns,
                                                    int64_t rounds, const CancelToken& cancel);

}  // namespace tandem
