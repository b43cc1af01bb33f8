// What is recorded while a model runs: fixed-size, no text. Names are made when the record is encoded.
#pragma once

#include <cstdint>
#include <type_traits>

#include "graph/strategy.h"

namespace tandem {

// Numbers of docs/trace-format.md; also the packet sequence of each track.
enum class Track : uint8_t {
  kAgent = 1,
  kPhase = 2,
  kToken = 3,
  kLayer = 4,
  kGpu = 10,
  kNpu = 11,
  kCpu = 12,
  kSync = 13,     // Where the primary waits for the NPU.
  kNpuSync = 14,  // Where the NPU waits for the primary.
  kSubmit = 15,   // Work handed to the primary's queue.
  kMemory = 20,
  kTemperature = 21,
  kCpuClock = 22,
};

enum class Phase : int32_t { kLoad, kTokenize, kPrefill, kDecode };

// The token band's id of the whole prompt; generated tokens count from 0.
inline constexpr int32_t kPromptToken = -1;

struct TraceRecord {
  enum class Kind : uint8_t {
    kOp,      // A finished part of an op, begin_ns to end_ns; id is the op's index in the graph.
    kBegin,   // A band opens at begin_ns; id is a Phase or a token's number.
    kEnd,     // The band that is open on the track closes at begin_ns.
    kSample,  // The choice of a token from its logits, begin_ns to end_ns.
    kJoin,    // A wait for the other processor, begin_ns to end_ns; id is the op that was waited for.
    kSubmit,  // The submission of a batch, begin_ns to end_ns; id is its first op.
  };

  int64_t begin_ns = 0;  // CLOCK_BOOTTIME
  int64_t end_ns = 0;
  int32_t id = 0;
  int32_t position = 0;     // Of the step's first token, for ops.
  uint16_t tokens = 0;      // M
  uint16_t logit_rows = 0;  // L
  Kind kind = Kind::kOp;
  Track track = Track::kCpu;
  uint16_t share = 1000;  // Per mille of the op that ran here.
  Strategy strategy = Strategy::kCpu;
  Track peer = Track::kCpu;   // Of a join or submission: the track on which the work ran.
  uint32_t predicted_ns = 0;  // 0: nothing was predicted.
  uint32_t slept_ns = 0;      // Of a join; the rest of it was polled, or spent in the driver.
  // Ties submission, last slice and join of one batch together; 0: none. Counts on each track.
  uint32_t flow = 0;
};
static_assert(std::is_trivially_copyable_v<TraceRecord> && sizeof(TraceRecord) == 48);

}  // namespace tandem
