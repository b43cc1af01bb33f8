// Turns records into the bytes of a Perfetto trace (docs/trace-format.md). Not thread-safe: one thread
// encodes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "trace/record.h"
#include "trace/sequence.h"

namespace tandem {

class TraceEncoder {
 public:
  // Both outlive the encoder. The trace's times begin at t0_ns (CLOCK_BOOTTIME).
  TraceEncoder(const Graph& graph, const Weights& weights, int64_t t0_ns);

  // `name` is tandem.header or tandem.footer; `json` is stored as it is.
  void instant(int64_t at_ns, std::string_view name, std::string_view json);
  // Records of one thread in the order in which they were made; a track belongs to one thread.
  void record(const TraceRecord& record);
  void counter(Track track, int64_t at_ns, double value);
  // Closes what is still open, for the end of a run.
  void close_bands(int64_t at_ns);

  // The bytes since the last call: whole packets.
  [[nodiscard]] std::string take() { return std::exchange(out_, {}); }
  [[nodiscard]] size_t pending_bytes() const { return out_.size(); }

 private:
  TraceSequence& sequence(Track track);
  void op(const TraceRecord& record);
  void sample(const TraceRecord& record);
  void join(const TraceRecord& record);
  void submission(const TraceRecord& record);
  void layer_band(const TraceRecord& record, const Op& op);
  void close_layer();
  void begin_band(const TraceRecord& record);
  void end_band(const TraceRecord& record);
  const std::string& op_template(TraceSequence& to, const TraceRecord& record, const Op& op);

  const Graph& graph_;
  const Weights& weights_;
  int64_t t0_ns_;
  std::string out_;
  std::array<std::unique_ptr<TraceSequence>, 32> sequences_;  // By the track's number.
  std::map<Track, int> open_bands_;

  // A layer's band is as long as the ops of the layer that follow one another.
  struct LayerBand {
    bool open = false;
    int32_t layer = 0;
    int64_t end_ns = 0;
  } layer_;

  // TrackEvents but for what depends on the position, by op, rows and strategy: encoding is mostly copying
  // these.
  std::unordered_map<uint64_t, std::string> templates_;
  struct LastTemplate {
    uint64_t key = ~uint64_t{0};
    const std::string* event = nullptr;
  };
  std::vector<LastTemplate> last_templates_;  // By op, of the primary and of the NPU.
  std::string sample_template_;
  std::string event_;  // Scratch.
};

}  // namespace tandem
