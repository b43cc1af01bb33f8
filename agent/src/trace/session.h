// The trace of one run, written while it runs: a thread of its own empties the rings, encodes and hands out a
// chunk four times a second, so that a crash loses little and the run's threads do nothing but fill
// their rings. What a run leaves in them is encoded when it is over; of a short run, that is all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/system.h"
#include "trace/encoder.h"
#include "trace/ring.h"

namespace tandem {

struct TraceOptions {
  static constexpr size_t kDefaultBuffer = size_t{8} << 20;
  size_t buffer_bytes = kDefaultBuffer;  // Of the ring of the run's thread; the co-processor's has half.
  int64_t t0_ns = 0;                     // Where the trace's time begins (CLOCK_BOOTTIME).
  std::string header_json;               // docs/trace-format.md
};

struct TraceReport {
  int64_t bytes = 0;
  int64_t events = 0;
  TraceLosses lost;
  double overhead_percent = 0;  // Of the time between start() and stop(); see docs/trace-format.md.
};

// Whole packets, in order. Called on the trace's thread, first on the one that starts, last on the one that
// stops.
using TraceSink = std::function<void(std::string bytes, bool last)>;

class TraceSession {
 public:
  // Graph and weights outlive the session.
  [[nodiscard]] static std::unique_ptr<TraceSession> start(TraceOptions options, const Graph& graph,
                                                           const Weights& weights, const System& system,
                                                           TraceSink sink);
  // Stops without a footer where stop() was not called.
  ~TraceSession();

  // For the thread that runs the model, and for it alone, as is what follows. A phase that begins has the
  // counters read.
  [[nodiscard]] TraceRing& ring() { return ring_; }
  // For the thread that feeds the co-processor. Its tracks are its own.
  [[nodiscard]] TraceRing& npu_ring() { return npu_ring_; }
  void begin(Track track, int32_t id);
  void end(Track track);
  // A band that is over already.
  void band(Track track, int32_t id, int64_t begin_ns, int64_t end_ns);
  // A token was chosen from its logits.
  void sampled(int64_t begin_ns, int64_t end_ns);

  // Ends the trace: `footer` makes the footer's JSON from what is known then. Called once.
  using Footer = std::function<std::string(const TraceReport&)>;
  TraceReport stop(const Footer& footer);

 private:
  TraceSession(TraceOptions options, const Graph& graph, const Weights& weights, const System& system,
               TraceSink sink);
  void work();
  void drain();
  void flush(bool last);
  void read_counters(int64_t at_ns);
  void join();

  const System& system_;
  TraceSink sink_;
  TraceRing ring_;
  TraceRing npu_ring_;
  TraceEncoder encoder_;
  double record_cost_ns_;
  bool has_temperature_ = true;  // Until the system turns out to have none.
  bool has_clock_ = true;
  int64_t started_ns_ = 0;
  int64_t thread_cpu_ns_ = 0;  // Of the trace's thread; known when it has ended.
  int64_t events_ = 0;
  int64_t bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_, as is the next.
  bool phase_changed_ = false;
  std::thread thread_;
};

}  // namespace tandem
