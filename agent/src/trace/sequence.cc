#include "trace/sequence.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <protozero/pbf_writer.hpp>

namespace tandem {
namespace {

using protozero::pbf_writer;
using namespace perfetto;  // NOLINT: field numbers only

uint64_t uuid(Track track) { return static_cast<uint64_t>(track); }

void describe(pbf_writer& packet, const TrackInfo& info) {
  pbf_writer track(packet, kTrackDescriptor);
  track.add_uint64(kUuid, uuid(info.track));
  track.add_string(kTrackName, info.name.data(), info.name.size());
  if (info.track == Track::kAgent) {
    pbf_writer process(track, kProcess);
    process.add_int32(kPid, static_cast<int32_t>(getpid()));
    process.add_string(kProcessName, info.name.data(), info.name.size());
    process.commit();
    track.add_int32(kChildOrdering, kExplicitOrdering);
    return;
  }
  track.add_uint64(kParentUuid, uuid(Track::kAgent));
  track.add_int32(kSiblingOrderRank, static_cast<int32_t>(info.track));
  if (!info.is_counter) return;
  pbf_writer counter(track, kCounter);
  counter.add_int32(kUnit, info.unit);
  if (!info.unit_name.empty()) counter.add_string(kUnitName, info.unit_name.data(), info.unit_name.size());
}

void put_clock(pbf_writer& snapshot, uint32_t id, int64_t at_ns, bool incremental) {
  pbf_writer clock(snapshot, kClocks);
  clock.add_uint32(kClockId, id);
  clock.add_uint64(kClockTimestamp, static_cast<uint64_t>(at_ns));
  if (incremental) clock.add_bool(kClockIsIncremental, true);
}

// Tags, numbers and lengths that stand before a message's bytes. Sizes are known beforehand, so that a packet
// is written once, where it stays.
class FieldHead {
 public:
  void number(uint32_t field, uint64_t value) {
    put(uint64_t{field} << 3U);
    put(value);
  }
  void length(uint32_t field, size_t bytes) {
    put((uint64_t{field} << 3U) | 2U);
    put(bytes);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void put(uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_[size_++] = static_cast<char>(value | 0x80U);
    bytes_[size_++] = static_cast<char>(value);
  }

  std::array<char, 32> bytes_;  // Two tags of at most 5 bytes and two numbers of at most 10.
  size_t size_ = 0;
};

}  // namespace

TraceSequence::TraceSequence(std::string& out, const TrackInfo& info, int64_t t0_ns)
    : id_(static_cast<uint32_t>(info.track)), last_ns_(t0_ns) {
  pbf_writer trace(out);
  {
    pbf_writer packet(trace, kPacket);
    packet.add_uint64(kTimestamp, static_cast<uint64_t>(t0_ns));
    packet.add_uint32(kTimestampClockId, kBoottimeClock);
    packet.add_uint32(kSequenceId, id_);
    packet.add_uint32(kSequenceFlags, kIncrementalStateCleared);
    {
      pbf_writer snapshot(packet, kClockSnapshot);
      put_clock(snapshot, kBoottimeClock, t0_ns, false);
      put_clock(snapshot, kSequenceClock, t0_ns, true);
    }
    pbf_writer defaults(packet, kPacketDefaults);
    defaults.add_uint32(kDefaultTimestampClockId, kSequenceClock);
    pbf_writer event_defaults(defaults, kTrackEventDefaults);
    event_defaults.add_uint64(kDefaultTrackUuid, uuid(info.track));
  }
  pbf_writer packet(trace, kPacket);
  packet.add_uint64(kTimestamp, 0);
  packet.add_uint32(kSequenceId, id_);
  describe(packet, info);
}

TraceSequence::Table& TraceSequence::table(Interned which) {
  switch (which) {
    case kEventCategories:
      return categories_;
    case kEventNames:
      return names_;
    case kAnnotationNames:
      return annotation_names_;
    case kAnnotationStrings:
      break;
  }
  return strings_;
}

uint64_t TraceSequence::intern(Interned which, std::string_view text) {
  Table& known = table(which);
  if (const auto found = known.find(text); found != known.end()) return found->second;
  const uint64_t iid = known.size() + 1;
  known.emplace(text, iid);
  pbf_writer interned(new_texts_);
  pbf_writer entry(interned, which);
  entry.add_uint64(kIid, iid);
  entry.add_string(kText, text.data(), text.size());
  return iid;
}

void TraceSequence::put_name(std::string& event, std::string_view name) {
  pbf_writer(event).add_uint64(kNameIid, intern(kEventNames, name));
}

void TraceSequence::put_category(std::string& event, std::string_view category) {
  pbf_writer(event).add_uint64(kCategoryIids, intern(kEventCategories, category));
}

void TraceSequence::put_annotation(std::string& event, std::string_view name, std::string_view value) {
  pbf_writer message(event);
  pbf_writer annotation(message, kDebugAnnotations);
  annotation.add_uint64(kAnnotationNameIid, intern(kAnnotationNames, name));
  annotation.add_uint64(kStringValueIid, intern(kAnnotationStrings, value));
}

void TraceSequence::put_annotation(std::string& event, std::string_view name, uint64_t value) {
  pbf_writer message(event);
  pbf_writer annotation(message, kDebugAnnotations);
  annotation.add_uint64(kAnnotationNameIid, intern(kAnnotationNames, name));
  annotation.add_uint64(kUintValue, value);
}

void TraceSequence::put_annotation_int(std::string& event, std::string_view name, int64_t value) {
  pbf_writer message(event);
  pbf_writer annotation(message, kDebugAnnotations);
  annotation.add_uint64(kAnnotationNameIid, intern(kAnnotationNames, name));
  annotation.add_int64(kIntValue, value);
}

void TraceSequence::put_flow(std::string& event, Event field, uint64_t id) {
  pbf_writer(event).add_fixed64(field, id);
}

void TraceSequence::put_long_text(std::string& event, std::string_view name, std::string_view value) {
  pbf_writer message(event);
  pbf_writer annotation(message, kDebugAnnotations);
  annotation.add_uint64(kAnnotationNameIid, intern(kAnnotationNames, name));
  annotation.add_string(kStringValue, value.data(), value.size());
}

void TraceSequence::write(std::string& out, int64_t at_ns, std::string_view event) {
  const int64_t now = std::max(at_ns, last_ns_);
  FieldHead head;
  head.number(kTimestamp, static_cast<uint64_t>(now - last_ns_));
  head.number(kSequenceId, id_);
  FieldHead texts;
  if (!new_texts_.empty()) texts.length(kInternedData, new_texts_.size());
  FieldHead body;
  body.length(kTrackEvent, event.size());
  FieldHead packet;
  packet.length(kPacket, head.view().size() + texts.view().size() + new_texts_.size() + body.view().size() +
                             event.size());
  out.append(packet.view()).append(head.view()).append(texts.view()).append(new_texts_);
  out.append(body.view()).append(event);
  new_texts_.clear();
  last_ns_ = now;
}

void TraceSequence::write_end(std::string& out, int64_t at_ns) {
  static constexpr char kEndEvent[] = {static_cast<char>(kType << 3U), static_cast<char>(kSliceEnd)};
  write(out, at_ns, {kEndEvent, sizeof(kEndEvent)});
}

}  // namespace tandem
