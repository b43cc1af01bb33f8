// One track as one Perfetto packet sequence: an incremental clock of its own, interned texts of its own, so
// that an event costs a few bytes. Times never go back on a sequence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "trace/fields.h"
#include "trace/record.h"

namespace tandem {

struct TrackInfo {
  Track track = Track::kCpu;
  std::string_view name;
  bool is_counter = false;
  int32_t unit = 0;                 // Of a counter: Perfetto's enum, 0 where it has none for it.
  std::string_view unit_name = {};  // Of a counter that has no unit of the enum.
};

// Grows a TrackEvent message. Texts that the sequence has not seen yet go out with the packet.
class TraceSequence {
 public:
  // Writes the packets that open the sequence and describe its track. Times of the sequence begin at t0_ns.
  TraceSequence(std::string& out, const TrackInfo& info, int64_t t0_ns);

  [[nodiscard]] uint64_t intern(perfetto::Interned table, std::string_view text);

  // Appends fields to the TrackEvent message `event`.
  void put_name(std::string& event, std::string_view name);
  void put_category(std::string& event, std::string_view category);
  void put_annotation(std::string& event, std::string_view name,
                      std::string_view value);  // The value is interned.
  void put_annotation(std::string& event, std::string_view name, uint64_t value);
  void put_annotation_int(std::string& event, std::string_view name, int64_t value);
  void put_flow(std::string& event, perfetto::Event field, uint64_t id);  // kFlowIds or kTerminatingFlowIds
  void put_long_text(std::string& event, std::string_view name, std::string_view value);  // Not interned.

  // Writes one packet with the TrackEvent `event`. A time before the last one is moved up to it.
  void write(std::string& out, int64_t at_ns, std::string_view event);
  void write_end(std::string& out, int64_t at_ns);

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Table = std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>>;

  Table& table(perfetto::Interned which);

  uint32_t id_;
  int64_t last_ns_;
  Table categories_, names_, annotation_names_, strings_;
  std::string new_texts_;  // InternedData of the next packet.
};

}  // namespace tandem
