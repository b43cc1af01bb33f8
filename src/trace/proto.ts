// Tags (field number << 3 | wire type) of the Perfetto messages that are read. Source: google/perfetto, protos/perfetto/trace.

export const Tag = {
  tracePacket: 10,

  packetTimestamp: 64,
  packetSequence: 80,
  packetTrackEvent: 90,
  packetInterned: 98,
  packetFlags: 104,
  packetClocks: 50,
  packetClockId: 464,
  packetDefaults: 474,
  packetTrack: 482,
  packetStateCleared: 328,

  eventAnnotation: 34,
  eventType: 72,
  eventNameId: 80,
  eventTrack: 88,
  eventName: 186,
  eventCounter: 240,
  eventDoubleCounter: 353,
  eventFlow: 377,
  eventLastFlow: 385,

  clock: 10,
  clockId: 8,
  clockTime: 16,
  clockIncremental: 24,
  clockMultiplier: 32,

  defaultsEvent: 90,
  defaultsClock: 464,
  defaultTrack: 88,

  internedEventNames: 18,
  internedAnnotationNames: 26,
  internedStrings: 234,
  internedId: 8,
  internedText: 18,

  trackId: 8,
  trackName: 18,
  trackStaticName: 82,
  trackProcess: 26,
  trackThread: 34,
  trackParent: 40,
  trackCounter: 66,
  trackRank: 96,
  processName: 50,
  threadName: 42,
  threadId: 16,
  counterUnit: 24,
  counterUnitName: 50,
  counterMultiplier: 32,

  annotationNameId: 8,
  annotationBool: 16,
  annotationUint: 24,
  annotationInt: 32,
  annotationDouble: 41,
  annotationString: 50,
  annotationPointer: 56,
  annotationName: 82,
  annotationEntries: 90,
  annotationItems: 98,
  annotationStringId: 136,
  annotationJson: 74,
} as const;

export const EventType = { begin: 1, end: 2, instant: 3, counter: 4 } as const;

/** SEQ_INCREMENTAL_STATE_CLEARED */
export const stateCleared = 1;

/** BUILTIN_CLOCK_BOOTTIME, the time base of a trace. */
export const bootClock = 6;
