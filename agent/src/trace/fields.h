// Field numbers of Perfetto's trace messages that Tandem writes (google/perfetto, protos/perfetto/trace).
#pragma once

#include <cstdint>

namespace tandem::perfetto {

enum Trace : uint32_t { kPacket = 1 };

enum Packet : uint32_t {
  kClockSnapshot = 6,
  kTimestamp = 8,
  kSequenceId = 10,
  kTrackEvent = 11,
  kInternedData = 12,
  kSequenceFlags = 13,
  kTimestampClockId = 58,
  kPacketDefaults = 59,
  kTrackDescriptor = 60,
};
inline constexpr uint32_t kIncrementalStateCleared = 1;

enum PacketDefaults : uint32_t { kTrackEventDefaults = 11, kDefaultTimestampClockId = 58 };
enum TrackEventDefaults : uint32_t { kDefaultTrackUuid = 11 };

enum Snapshot : uint32_t { kClocks = 1 };
enum Clock : uint32_t { kClockId = 1, kClockTimestamp = 2, kClockIsIncremental = 3 };
inline constexpr uint32_t kBoottimeClock = 6;
inline constexpr uint32_t kSequenceClock = 64;  // Ids from 64 to 127 belong to their sequence.

enum Descriptor : uint32_t {
  kUuid = 1,
  kTrackName = 2,
  kProcess = 3,
  kParentUuid = 5,
  kCounter = 8,
  kChildOrdering = 11,
  kSiblingOrderRank = 12,
};
enum Process : uint32_t { kPid = 1, kProcessName = 6 };
enum Counter : uint32_t { kUnit = 3, kUnitName = 6 };
inline constexpr int32_t kUnitSizeBytes = 3;
inline constexpr int32_t kExplicitOrdering = 3;

enum Event : uint32_t {
  kCategoryIids = 3,
  kDebugAnnotations = 4,
  kType = 9,
  kNameIid = 10,
  kCounterValue = 30,
  kDoubleCounterValue = 44,
  kFlowIds = 47,
  kTerminatingFlowIds = 48,
};
enum EventType : int32_t { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounterEvent = 4 };

enum Annotation : uint32_t {
  kAnnotationNameIid = 1,
  kUintValue = 3,
  kIntValue = 4,
  kStringValue = 6,
  kStringValueIid = 17,
};

enum Interned : uint32_t {
  kEventCategories = 1,
  kEventNames = 2,
  kAnnotationNames = 3,
  kAnnotationStrings = 29
};
enum InternedEntry : uint32_t { kIid = 1, kText = 2 };

}  // namespace tandem::perfetto
