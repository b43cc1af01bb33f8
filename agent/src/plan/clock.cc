#include "plan/clock.h"

#include <algorithm>

namespace tandem {
namespace {

void append(std::array<ClockState::Span, 2>& parts, const ClockState::Span& part) {
  parts[1] = parts[0];
  parts[0] = part;
}

// What is behind the part on its lane moves.
void lengthen(std::array<ClockState::Span, 2>& parts, size_t part, double by) {
  parts[part].end += by;
  if (part == 1) parts[0].start += by, parts[0].end += by;
}

}  // namespace

void Clock::place(ClockState& state, std::span<Done> done, size_t op, const LaneTimes& times,
                  std::vector<double>* sync_us) const {
  done[op] = {};
  if (times.npu_us > 0) add_npu(state, done, op, times.npu_us, sync_us);
  if (times.primary_us > 0) add_primary(state, done, op, times.primary_us, sync_us);
  state.primary_busy += times.primary_us;
  state.npu_busy += times.npu_us;
}

double Clock::elapsed(const ClockState& state) const {
  const bool pending = state.npu > state.primary_knows && state.npu > 0;
  return pending ? std::max(state.primary, state.npu + costs_.join_us) : state.primary;
}

void Clock::add_npu(ClockState& to, std::span<Done> done, size_t op, double us,
                    std::vector<double>* sync) const {
  double ready = Done::kNever;
  for (const int32_t input : segment_.ops[op].inputs) {
    ready = std::max(ready, input < 0 ? 0 : done[static_cast<size_t>(input)].primary);
  }
  double start = to.npu;
  if (ready > to.npu_knows) {
    start = std::max(start, ready + costs_.join_us + costs_.submit_us);
    to.npu_knows = ready;
    if (sync != nullptr) (*sync)[op] += costs_.join_us;
  }
  append(to.npu_parts, {start, start + us, static_cast<int32_t>(op)});
  done[op].npu = to.npu = start + us;
  slow_down(to, done, 0, 0);
  slow_down(to, done, 1, 0);
}

void Clock::add_primary(ClockState& to, std::span<Done> done, size_t op, double us,
                        std::vector<double>* sync) const {
  double awaited = Done::kNever;
  for (const int32_t input : segment_.ops[op].inputs) {
    if (input < 0) continue;
    const double other = done[static_cast<size_t>(input)].npu;
    if (other <= to.primary_knows) continue;
    awaited = std::max(awaited, other);
    if (sync != nullptr) (*sync)[static_cast<size_t>(input)] += costs_.join_us;
  }
  const double start = begin_after(to.primary, awaited);
  to.primary_knows = std::max(to.primary_knows, awaited);
  to.primary = start + std::max(us, costs_.submit_us);
  append(to.primary_parts, {start, to.primary, static_cast<int32_t>(op)});
  done[op].primary = to.primary;
  slow_down(to, done, 0, 0);
  slow_down(to, done, 0, 1);
}

// When the primary, which has work until `free`, begins what waits for the NPU until `awaited`: a queue that
// has run empty starts late.
double Clock::begin_after(double free, double awaited) const {
  const double heard = awaited + costs_.join_us;
  return free <= heard ? heard + costs_.restart_us : std::max(free, heard + costs_.submit_us);
}

// Parts of two ops take longer while both run.
void Clock::slow_down(ClockState& to, std::span<Done> done, size_t primary_part, size_t npu_part) const {
  const ClockState::Span one = to.primary_parts[primary_part], other = to.npu_parts[npu_part];
  if (one.op < 0 || other.op < 0 || one.op == other.op) return;
  const double overlap = std::min(one.end, other.end) - std::max(one.start, other.start);
  if (overlap <= 0) return;
  const Slowdowns::Factors& factors = slowdowns_.of(segment_.ops[static_cast<size_t>(one.op)].op_class,
                                                    segment_.ops[static_cast<size_t>(other.op)].op_class);
  lengthen(to.primary_parts, primary_part, overlap * (factors.primary - 1));
  lengthen(to.npu_parts, npu_part, overlap * (factors.npu - 1));
  for (size_t part = 0; part <= primary_part; ++part) {
    done[static_cast<size_t>(to.primary_parts[part].op)].primary = to.primary_parts[part].end;
  }
  for (size_t part = 0; part <= npu_part; ++part) {
    done[static_cast<size_t>(to.npu_parts[part].op)].npu = to.npu_parts[part].end;
  }
  to.primary = std::max(to.primary, to.primary_parts[0].end);
  to.npu = std::max(to.npu, to.npu_parts[0].end);
}

SegmentRun run_segment(const Segment& segment, std::span<const LaneTimes> times, const Slowdowns& slowdowns,
                       const ClockCosts& costs) {
  const Clock clock(segment, slowdowns, costs);
  SegmentRun run;
  run.sync_us.assign(segment.ops.size(), 0.0);
  std::vector<Done> done(segment.ops.size());
  ClockState state;
  for (size_t op = 0; op < segment.ops.size(); ++op) clock.place(state, done, op, times[op], &run.sync_us);
  run.elapsed_us = clock.elapsed(state);
  run.score = clock.score(state);
  run.primary_busy_us = state.primary_busy;
  run.npu_busy_us = state.npu_busy;
  return run;
}

}  // namespace tandem
