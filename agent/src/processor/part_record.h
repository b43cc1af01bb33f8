// What a trace says of a part that ran.
#pragma once

#include <cstdint>

#include "processor/part.h"
#include "processor/processor.h"
#include "trace/record.h"

namespace tandem {

// The record of a part that ran on `track` from begin_ns to end_ns (CLOCK_BOOTTIME). `flow` is the batch's
// where the part is its last one.
[[nodiscard]] inline TraceRecord part_record(const Part& part, const Step& step, Track track,
                                             int64_t begin_ns, int64_t end_ns, uint32_t flow = 0) {
  return {.begin_ns = begin_ns,
          .end_ns = end_ns,
          .id = part.op,
          .position = static_cast<int32_t>(step.shape.position),
          .tokens = static_cast<uint16_t>(step.shape.tokens),
          .logit_rows = static_cast<uint16_t>(step.shape.logit_rows),
          .track = track,
          .share = part.share,
          .strategy = part.strategy,
          .predicted_ns = part.predicted_ns,
          .flow = flow};
}

}  // namespace tandem
