// Reads back what docs/trace-format.md describes, for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_reader.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tandem::testing_trace {

using protozero::pbf_reader;

struct ReadEvent {
  uint64_t sequence = 0;
  uint64_t track = 0;
  uint64_t at_ns = 0;
  int type = 0;
  std::string name;
  std::string category;
  int64_t counter = 0;
  uint64_t flow = 0, ended_flow = 0;
  std::map<std::string, std::string> notes;  // Numbers as text.
};

class TraceReader {
 public:
  explicit TraceReader(const std::string& bytes) {
    pbf_reader trace(bytes);
    while (trace.next(1)) packet(trace.get_message());
  }
  std::vector<ReadEvent> events;
  std::map<uint64_t, std::string> tracks;
  std::set<uint64_t> sequences_cleared;

  [[nodiscard]] std::vector<ReadEvent> on(uint64_t track) const {
    std::vector<ReadEvent> found;
    for (const ReadEvent& event : events) {
      if (event.track == track) found.push_back(event);
    }
    return found;
  }

 private:
  struct Sequence {
    uint64_t now = 0;
    uint64_t track = 0;
    std::map<uint32_t, std::map<uint64_t, std::string>> texts;
  };

  void packet(pbf_reader reader) {
    uint64_t timestamp = 0, id = 0;
    std::string event, interned, snapshot, defaults, descriptor;
    uint64_t clock = 64;
    bool cleared = false;
    while (reader.next()) {
      switch (reader.tag()) {
        case 8:
          timestamp = reader.get_uint64();
          break;
        case 10:
          id = reader.get_uint64();
          break;
        case 11:
          event = reader.get_string();
          break;
        case 12:
          interned = reader.get_string();
          break;
        case 6:
          snapshot = reader.get_string();
          break;
        case 13:
          cleared = reader.get_uint64() == 1;
          break;
        case 58:
          clock = reader.get_uint64();
          break;
        case 59:
          defaults = reader.get_string();
          break;
        case 60:
          descriptor = reader.get_string();
          break;
        default:
          ADD_FAILURE() << "unknown packet field";
          reader.skip();
      }
    }
    if (cleared) sequences_cleared.insert(id);
    EXPECT_TRUE(sequences_cleared.contains(id)) << "a sequence that was never opened";
    Sequence& sequence = sequences_[id];
    if (!snapshot.empty()) read_snapshot(snapshot, sequence);
    if (!defaults.empty()) read_defaults(defaults, sequence);
    if (!interned.empty()) read_interned(interned, sequence);
    if (!descriptor.empty()) read_descriptor(descriptor);
    if (clock == 64) sequence.now += timestamp;
    if (!event.empty()) read_event(event, id, sequence);
  }

  static void read_snapshot(const std::string& bytes, Sequence& sequence) {
    pbf_reader snapshot(bytes);
    while (snapshot.next(1)) {
      pbf_reader clock = snapshot.get_message();
      uint64_t clock_id = 0, at = 0;
      while (clock.next()) {
        if (clock.tag() == 1) {
          clock_id = clock.get_uint64();
        } else if (clock.tag() == 2) {
          at = clock.get_uint64();
        } else {
          clock.skip();
        }
      }
      if (clock_id == 64) sequence.now = at;
    }
  }

  static void read_defaults(const std::string& bytes, Sequence& sequence) {
    pbf_reader defaults(bytes);
    while (defaults.next()) {
      if (defaults.tag() == 58)
        EXPECT_EQ(defaults.get_uint64(), 64U);
      else if (defaults.tag() == 11) {
        pbf_reader event = defaults.get_message();
        if (event.next(11)) sequence.track = event.get_uint64();
      } else
        defaults.skip();
    }
  }

  static void read_interned(const std::string& bytes, Sequence& sequence) {
    pbf_reader interned(bytes);
    while (interned.next()) {
      const uint32_t table = interned.tag();
      pbf_reader entry = interned.get_message();
      uint64_t iid = 0;
      std::string text;
      while (entry.next())
        entry.tag() == 1 ? void(iid = entry.get_uint64()) : void(text = entry.get_string());
      EXPECT_TRUE(sequence.texts[table].emplace(iid, text).second) << "interned twice: " << text;
    }
  }

  void read_descriptor(const std::string& bytes) {
    pbf_reader descriptor(bytes);
    uint64_t uuid = 0;
    while (descriptor.next()) {
      if (descriptor.tag() == 1)
        uuid = descriptor.get_uint64();
      else if (descriptor.tag() == 2)
        tracks[uuid] = descriptor.get_string();
      else
        descriptor.skip();
    }
  }

  void read_event(const std::string& bytes, uint64_t id, Sequence& sequence) {
    ReadEvent read;
    read.sequence = id;
    read.track = sequence.track;
    read.at_ns = sequence.now;
    pbf_reader event(bytes);
    while (event.next()) {
      switch (event.tag()) {
        case 9:
          read.type = event.get_enum();
          break;
        case 10:
          read.name = sequence.texts[2].at(event.get_uint64());
          break;
        case 3:
          read.category = sequence.texts[1].at(event.get_uint64());
          break;
        case 30:
          read.counter = event.get_int64();
          break;
        case 4:
          read_note(event.get_message(), sequence, read);
          break;
        case 47:
          read.flow = event.get_fixed64();
          break;
        case 48:
          read.ended_flow = event.get_fixed64();
          break;
        default:
          event.skip();
      }
    }
    events.push_back(std::move(read));
  }

  static void read_note(pbf_reader note, Sequence& sequence, ReadEvent& read) {
    std::string name, value;
    while (note.next()) {
      switch (note.tag()) {
        case 1:
          name = sequence.texts[3].at(note.get_uint64());
          break;
        case 3:
          value = std::to_string(note.get_uint64());
          break;
        case 4:
          value = std::to_string(note.get_int64());
          break;
        case 6:
          value = note.get_string();
          break;
        case 17:
          value = sequence.texts[29].at(note.get_uint64());
          break;
        default:
          note.skip();
      }
    }
    read.notes[name] = value;
  }

  std::map<uint64_t, Sequence> sequences_;
};

}  // namespace tandem::testing_trace
