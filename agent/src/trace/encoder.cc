#include "trace/encoder.h"

#include <algorithm>
#include <array>
#include <protozero/pbf_writer.hpp>

#include "graph/cost.h"
#include "trace/fields.h"

namespace tandem {
namespace {

constexpr std::array kTracks = {
    TrackInfo{Track::kAgent, "Tandem agent"},
    TrackInfo{Track::kPhase, "Phase"},
    TrackInfo{Track::kToken, "Token"},
    TrackInfo{Track::kLayer, "Layer"},
    TrackInfo{Track::kGpu, "GPU queue"},
    TrackInfo{Track::kNpu, "NPU"},
    TrackInfo{Track::kCpu, "CPU"},
    TrackInfo{Track::kSync, "Sync"},
    TrackInfo{Track::kNpuSync, "NPU sync"},
    TrackInfo{Track::kSubmit, "Submit"},
    TrackInfo{Track::kMemory, "Memory", true, perfetto::kUnitSizeBytes, ""},
    TrackInfo{Track::kTemperature, "Temperature", true, 0, "°C"},
    TrackInfo{Track::kCpuClock, "CPU clock", true, 0, "kHz"},
};

const TrackInfo& track_info(Track track) {
  for (const TrackInfo& info : kTracks) {
    if (info.track == track) return info;
  }
  return kTracks.front();
}

std::string band_name(const TraceRecord& record) {
  if (record.track == Track::kToken) {
    return record.id == kPromptToken ? "prompt" : "token " + std::to_string(record.id);
  }
  switch (static_cast<Phase>(record.id)) {
    case Phase::kLoad:
      return "load";
    case Phase::kTokenize:
      return "tokenize";
    case Phase::kPrefill:
      return "prefill";
    case Phase::kDecode:
      return "decode";
  }
  return "phase";
}

// Unique in the trace: batches count on each track.
uint64_t flow_id(Track track, uint32_t flow) { return (static_cast<uint64_t>(track) << 32U) | flow; }

// `ffn_down` of `blk.7.ffn_down`.
std::string_view short_name(const Op& op) {
  const std::string_view name = op.name;
  return op.layer < 0 ? name : name.substr(name.rfind('.') + 1);
}

void begin_event(std::string& event, perfetto::EventType type) {
  event.clear();
  protozero::pbf_writer(event).add_int32(perfetto::kType, type);
}

// What a template cannot hold: it depends on the position, or on the share.
bool has_own_cost(const Op& op, const TraceRecord& record) {
  return op.kind == OpKind::kAttention || record.share < 1000;
}

void put_cost(TraceSequence& to, std::string& event, const OpCost& cost, uint16_t share = 1000) {
  to.put_annotation(event, "bytes", static_cast<uint64_t>(cost.bytes * share / 1000));
  to.put_annotation(event, "flops", static_cast<uint64_t>(cost.flops * share / 1000));
}

StepShape step_of(const TraceRecord& record) { return {record.tokens, record.position, record.logit_rows}; }

}  // namespace

TraceEncoder::TraceEncoder(const Graph& graph, const Weights& weights, int64_t t0_ns)
    : graph_(graph), weights_(weights), t0_ns_(t0_ns), last_templates_(2 * graph.ops.size()) {
  sequence(Track::kAgent);
}

TraceSequence& TraceEncoder::sequence(Track track) {
  auto& found = sequences_.at(static_cast<size_t>(track));
  if (!found) found = std::make_unique<TraceSequence>(out_, track_info(track), t0_ns_);
  return *found;
}

void TraceEncoder::instant(int64_t at_ns, std::string_view name, std::string_view json) {
  TraceSequence& to = sequence(Track::kAgent);
  begin_event(event_, perfetto::kInstant);
  to.put_name(event_, name);
  to.put_long_text(event_, "json", json);
  to.write(out_, at_ns, event_);
}

void TraceEncoder::counter(Track track, int64_t at_ns, double value) {
  TraceSequence& to = sequence(track);
  begin_event(event_, perfetto::kCounterEvent);
  protozero::pbf_writer event(event_);
  if (track == Track::kTemperature) {
    event.add_double(perfetto::kDoubleCounterValue, value);
  } else {
    event.add_int64(perfetto::kCounterValue, static_cast<int64_t>(value));
  }
  to.write(out_, at_ns, event_);
}

void TraceEncoder::record(const TraceRecord& record) {
  switch (record.kind) {
    case TraceRecord::Kind::kOp:
      return op(record);
    case TraceRecord::Kind::kBegin:
      return begin_band(record);
    case TraceRecord::Kind::kEnd:
      return end_band(record);
    case TraceRecord::Kind::kSample:
      return sample(record);
    case TraceRecord::Kind::kJoin:
      return join(record);
    case TraceRecord::Kind::kSubmit:
      return submission(record);
  }
}

void TraceEncoder::begin_band(const TraceRecord& record) {
  TraceSequence& to = sequence(record.track);
  begin_event(event_, perfetto::kSliceBegin);
  to.put_name(event_, band_name(record));
  to.write(out_, record.begin_ns, event_);
  ++open_bands_[record.track];
}

void TraceEncoder::end_band(const TraceRecord& record) {
  int& open = open_bands_[record.track];
  if (open == 0) return;  // Its begin was lost.
  --open;
  if (record.track == Track::kToken) close_layer();
  sequence(record.track).write_end(out_, record.begin_ns);
}

void TraceEncoder::close_bands(int64_t at_ns) {
  close_layer();
  for (auto& [track, open] : open_bands_) {
    for (; open > 0; --open) sequence(track).write_end(out_, at_ns);
  }
}

void TraceEncoder::op(const TraceRecord& record) {
  const Op& op = graph_.ops[static_cast<size_t>(record.id)];
  // The primary takes part in every layer; the NPU's records come from another thread.
  if (record.track != Track::kNpu) layer_band(record, op);
  TraceSequence& to = sequence(record.track);
  const std::string& fixed = op_template(to, record, op);
  if (has_own_cost(op, record) || record.predicted_ns > 0 || record.flow > 0) {
    event_ = fixed;
    if (has_own_cost(op, record))
      put_cost(to, event_, op_cost(graph_, weights_, op, step_of(record)), record.share);
    if (record.share < 1000) to.put_annotation(event_, "share", uint64_t{record.share});
    if (record.predicted_ns > 0) to.put_annotation(event_, "predicted_ns", uint64_t{record.predicted_ns});
    if (record.flow > 0) to.put_flow(event_, perfetto::kFlowIds, flow_id(record.track, record.flow));
    to.write(out_, record.begin_ns, event_);
  } else {
    to.write(out_, record.begin_ns, fixed);
  }
  to.write_end(out_, record.end_ns);
}

void TraceEncoder::join(const TraceRecord& record) {
  const Op& op = graph_.ops[static_cast<size_t>(record.id)];
  const auto length = static_cast<uint64_t>(record.end_ns - record.begin_ns);
  TraceSequence& to = sequence(record.track);
  begin_event(event_, perfetto::kSliceBegin);
  to.put_category(event_, "join");
  to.put_name(event_, "join");
  if (op.layer >= 0) to.put_annotation_int(event_, "layer", op.layer);
  to.put_annotation(event_, "op", short_name(op));
  if (record.predicted_ns > 0) to.put_annotation(event_, "predicted_ns", uint64_t{record.predicted_ns});
  to.put_annotation(event_, "slept_ns", uint64_t{record.slept_ns});
  to.put_annotation(event_, "polled_ns", length - std::min<uint64_t>(length, record.slept_ns));
  to.write(out_, record.begin_ns, event_);
  // A flow ends behind the slice that it comes from, and that one ends while this waits.
  begin_event(event_, perfetto::kSliceEnd);
  if (record.flow > 0) to.put_flow(event_, perfetto::kTerminatingFlowIds, flow_id(record.peer, record.flow));
  to.write(out_, record.end_ns, event_);
}

void TraceEncoder::submission(const TraceRecord& record) {
  const Op& op = graph_.ops[static_cast<size_t>(record.id)];
  TraceSequence& to = sequence(record.track);
  begin_event(event_, perfetto::kSliceBegin);
  to.put_category(event_, "submit");
  to.put_name(event_, "submit");
  if (op.layer >= 0) to.put_annotation_int(event_, "layer", op.layer);
  to.put_annotation(event_, "op", short_name(op));
  if (record.flow > 0) to.put_flow(event_, perfetto::kFlowIds, flow_id(record.peer, record.flow));
  to.write(out_, record.begin_ns, event_);
  to.write_end(out_, record.end_ns);
}

void TraceEncoder::sample(const TraceRecord& record) {
  close_layer();
  TraceSequence& to = sequence(record.track);
  std::string& event = sample_template_;
  if (event.empty()) {
    begin_event(event, perfetto::kSliceBegin);
    to.put_category(event, "op");
    to.put_name(event, "sample");
    to.put_annotation(event, "op", "sample");
    to.put_annotation(event, "kind", "sample");
    to.put_annotation(event, "shape", "[1, " + std::to_string(graph_.shape.vocabulary) + "]");
    to.put_annotation(event, "bytes",
                      static_cast<uint64_t>(graph_.shape.vocabulary) * static_cast<uint64_t>(sizeof(float)));
    to.put_annotation(event, "flops", uint64_t{0});
    to.put_annotation(event, "strategy", strategy_name(Strategy::kCpu));
  }
  to.write(out_, record.begin_ns, event);
  to.write_end(out_, record.end_ns);
}

const std::string& TraceEncoder::op_template(TraceSequence& to, const TraceRecord& record, const Op& op) {
  const bool own_cost = has_own_cost(op, record);
  const uint64_t key =
      (static_cast<uint64_t>(record.id) << 40U) | (static_cast<uint64_t>(record.tokens) << 24U) |
      (static_cast<uint64_t>(record.logit_rows) << 8U) | (static_cast<uint64_t>(record.strategy) << 3U) |
      (uint64_t{own_cost} << 2U) | (static_cast<uint64_t>(record.track) - static_cast<uint64_t>(Track::kGpu));
  LastTemplate& last =
      last_templates_[2 * static_cast<size_t>(record.id) + (record.track == Track::kNpu ? 1 : 0)];
  if (last.key == key) return *last.event;
  std::string& event = templates_[key];
  last = {key, &event};  // Elements of the map stay where they are.
  if (!event.empty()) return event;
  begin_event(event, perfetto::kSliceBegin);
  to.put_category(event, "op");
  to.put_name(event, op.name);
  if (op.layer >= 0) to.put_annotation_int(event, "layer", op.layer);
  to.put_annotation(event, "op", short_name(op));
  to.put_annotation(event, "kind", op_kind_name(op.kind));
  if (op.weight != kNoWeight)
    to.put_annotation(event, "type", type_traits(weights_.view(op.weight).type).name);
  to.put_annotation(event, "shape", op_shape_text(op, step_of(record)));
  to.put_annotation(event, "strategy", strategy_name(record.strategy));
  if (!own_cost) put_cost(to, event, op_cost(graph_, weights_, op, step_of(record)));
  return event;
}

void TraceEncoder::layer_band(const TraceRecord& record, const Op& op) {
  const bool has_band = op.layer >= 0 || op.kind != OpKind::kEmbed;  // What follows the layers is `output`.
  if (layer_.open && (!has_band || op.layer != layer_.layer)) close_layer();
  if (!has_band) return;
  if (!layer_.open) {
    TraceSequence& to = sequence(Track::kLayer);
    begin_event(event_, perfetto::kSliceBegin);
    to.put_name(event_, op.layer < 0 ? "output" : "layer " + std::to_string(op.layer));
    to.write(out_, record.begin_ns, event_);
    layer_.open = true;
    layer_.layer = op.layer;
  }
  layer_.end_ns = record.end_ns;
}

void TraceEncoder::close_layer() {
  if (!layer_.open) return;
  layer_.open = false;
  sequence(Track::kLayer).write_end(out_, layer_.end_ns);
}

}  // namespace tandem
