#include "trace/session.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{25};    // How often the ring is looked at.
constexpr milliseconds kChunk{250};  // How often a chunk goes out and counters are read, beside phases.

int64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// What one recorded op costs its thread: a clock reading and a push. The best of some tries, since others
// disturb.
double measure_record_cost() {
  constexpr int kRecords = 256;
  TraceRing ring(kRecords * sizeof(TraceRecord));
  double best = 1e9;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const int64_t before = boottime_ns();
    for (int i = 0; i < kRecords; ++i) ring.push({.begin_ns = before, .end_ns = boottime_ns(), .id = i});
    best = std::min(best, static_cast<double>(boottime_ns() - before) / kRecords);
    ring.drain([](const TraceRecord&) {});
  }
  return best;
}

bool filled(const TraceRing& ring) { return ring.size() > ring.capacity() / 4; }

TraceLosses both(const TraceLosses& a, const TraceLosses& b) {
  if (a.events == 0) return b;
  if (b.events == 0) return a;
  return {a.events + b.events, std::min(a.first_ns, b.first_ns), std::max(a.last_ns, b.last_ns)};
}

}  // namespace

std::unique_ptr<TraceSession> TraceSession::start(TraceOptions options, const Graph& graph,
                                                  const Weights& weights, const System& system,
                                                  TraceSink sink) {
  std::unique_ptr<TraceSession> session(
      new TraceSession(std::move(options), graph, weights, system, std::move(sink)));
  session->started_ns_ = boottime_ns();
  session->thread_ = std::thread([raw = session.get()] { raw->work(); });
  return session;
}

TraceSession::TraceSession(TraceOptions options, const Graph& graph, const Weights& weights,
                           const System& system, TraceSink sink)
    : system_(system),
      sink_(std::move(sink)),
      ring_(options.buffer_bytes),
      npu_ring_(options.buffer_bytes / 2),
      encoder_(graph, weights, options.t0_ns),
      record_cost_ns_(measure_record_cost()) {
  encoder_.instant(options.t0_ns, "tandem.header", options.header_json);
  read_counters(boottime_ns());
  flush(false);
}

TraceSession::~TraceSession() { join(); }

void TraceSession::begin(Track track, int32_t id) {
  ring_.push({.begin_ns = boottime_ns(), .id = id, .kind = TraceRecord::Kind::kBegin, .track = track});
  if (track != Track::kPhase) return;
  {
    const std::lock_guard lock(mutex_);
    phase_changed_ = true;
  }
  wake_.notify_one();
}

void TraceSession::end(Track track) {
  ring_.push({.begin_ns = boottime_ns(), .kind = TraceRecord::Kind::kEnd, .track = track});
}

void TraceSession::band(Track track, int32_t id, int64_t begin_ns, int64_t end_ns) {
  ring_.push({.begin_ns = begin_ns, .id = id, .kind = TraceRecord::Kind::kBegin, .track = track});
  ring_.push({.begin_ns = end_ns, .kind = TraceRecord::Kind::kEnd, .track = track});
}

void TraceSession::sampled(int64_t begin_ns, int64_t end_ns) {
  ring_.push({.begin_ns = begin_ns, .end_ns = end_ns, .kind = TraceRecord::Kind::kSample});
}

void TraceSession::work() {
  const int64_t cpu_before = thread_cpu_ns();
  auto next_chunk = std::chrono::steady_clock::now() + kChunk;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kLook, [this] { return stopping_ || phase_changed_; });
    if (stopping_) break;
    const bool phase_changed = std::exchange(phase_changed_, false);
    lock.unlock();
    const bool chunk_due = std::chrono::steady_clock::now() >= next_chunk;
    if (chunk_due || filled(ring_) || filled(npu_ring_)) drain();
    if (chunk_due || phase_changed) read_counters(boottime_ns());
    if (chunk_due) {
      flush(false);
      next_chunk = std::chrono::steady_clock::now() + kChunk;
    }
    lock.lock();
  }
  thread_cpu_ns_ = thread_cpu_ns() - cpu_before;
}

void TraceSession::drain() {
  for (TraceRing* ring : {&ring_, &npu_ring_}) {
    events_ +=
        static_cast<int64_t>(ring->drain([this](const TraceRecord& record) { encoder_.record(record); }));
  }
}

void TraceSession::read_counters(int64_t at_ns) {
  encoder_.counter(Track::kMemory, at_ns, static_cast<double>(system_.resident_memory()));
  if (has_temperature_) {
    const std::vector<ThermalZone> zones = system_.temperatures();
    has_temperature_ = !zones.empty();
    double hottest = has_temperature_ ? zones.front().celsius : 0;
    for (const ThermalZone& zone : zones) hottest = std::max(hottest, zone.celsius);
    if (has_temperature_) encoder_.counter(Track::kTemperature, at_ns, hottest);
  }
  if (has_clock_) {
    int64_t fastest = 0;
    for (const int64_t khz : system_.clocks_khz()) fastest = std::max(fastest, khz);
    has_clock_ = fastest > 0;
    if (has_clock_) encoder_.counter(Track::kCpuClock, at_ns, static_cast<double>(fastest));
  }
}

void TraceSession::flush(bool last) {
  std::string chunk = encoder_.take();
  if (chunk.empty() && !last) return;
  bytes_ += static_cast<int64_t>(chunk.size());
  sink_(std::move(chunk), last);
}

void TraceSession::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

TraceReport TraceSession::stop(const Footer& footer) {
  const int64_t ended_ns = boottime_ns();
  join();
  drain();
  read_counters(ended_ns);
  encoder_.close_bands(ended_ns);
  TraceReport report;
  report.events = events_;
  report.lost = both(ring_.losses(), npu_ring_.losses());
  const double cost = record_cost_ns_ * static_cast<double>(events_) + static_cast<double>(thread_cpu_ns_);
  report.overhead_percent = 100.0 * cost / static_cast<double>(std::max<int64_t>(ended_ns - started_ns_, 1));
  encoder_.instant(ended_ns, "tandem.footer", footer(report));
  flush(true);
  report.bytes = bytes_;
  return report;
}

}  // namespace tandem
