#include "profile/measure_joins.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>

#include "profile/handover.h"
#include "profile/part_timer.h"

namespace tandem {
namespace {

constexpr int64_t kRounds = 31;
constexpr int64_t kQueued = 16;
constexpr int64_t kSeries = 5;
constexpr int64_t kTurns = 61;
constexpr auto kStreamFor = std::chrono::milliseconds(150);

// The matmul with the fewest or the most weights that both processors run.
std::optional<OpId> find_matmul(const MeasureRequest& request, bool largest) {
  std::optional<OpId> best;
  int64_t best_size = 0;
  for (size_t i = 0; i < request.graph.ops.size(); ++i) {
    const Op& op = request.graph.ops[i];
    if (op.kind != OpKind::kMatmul || op.rows == Rows::kLogits) continue;
    if (request.npu != nullptr && request.npu->why_not(request.graph, request.weights, op)) continue;
    const int64_t size = op.n * op.k;
    if (!best || (largest ? size > best_size : size < best_size))
      best = static_cast<OpId>(i), best_size = size;
  }
  return best;
}

// A program with one part ready.
struct Ready {
  std::unique_ptr<Program> program;
  Part part;
  StepShape shape;
};

Result<Ready> make_ready(const MeasureRequest& request, Processor& processor, ProcessorKind kind, OpId op,
                         int64_t tokens, ActivationPool& pool) {
  Ready ready;
  ready.part = part_of(request.graph, op, kind, request.graph.ops[static_cast<size_t>(op)].n, tokens);
  ready.shape = step_of(tokens);
  TANDEM_ASSIGN(ready.program, processor.make_program(request.graph, pool, nullptr));
  const PrepareRequest prepare{
      .weights = request.weights, .cancel = request.cancel, .copied = nullptr, .compiled = nullptr};
  TANDEM_TRY(ready.program->prepare({&ready.part, 1}, prepare));
  return ready;
}

// What handing work to one program costs, and its part in a full queue.
struct Alone {
  double op = 0, submit = 0, drained = 0;
};

Result<Alone> time_alone(PartTimer& timer, const Ready& ready) {
  TANDEM_ASSIGN(const Timing op, timer.time(ready.part, ready.shape, kRounds / 4));
  std::vector<double> polled, submitted;
  for (int64_t i = 0; i < kRounds; ++i) {
    TANDEM_ASSIGN(const double seen, timer.polled_us(ready.part, ready.shape));
    TANDEM_ASSIGN(const double queued, timer.submit_us(ready.part, ready.shape, kQueued));
    polled.push_back(seen);
    submitted.push_back(queued);
  }
  Alone alone;
  alone.op = op.us;
  // A program that runs in submit() queues nothing: its submission is part of the op.
  const double queued = summarize(submitted).us;
  alone.submit = queued < 0.9 * op.us ? queued : 0;
  // One part in an empty queue takes this much longer than one in a full queue.
  alone.drained = std::max(summarize(polled).us - op.us, alone.submit);
  return alone;
}

// The least of some medians: what else runs on the device disturbs some of them.
Result<double> round_us(Turn& primary, Turn& npu, SyncMode mode, Turns turns, const CancelToken& cancel) {
  double least = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < kSeries; ++i) {
    TANDEM_ASSIGN(auto rounds, run_turns(primary, npu, mode, turns, kTurns, cancel));
    least = std::min(least, summarize(std::move(rounds)).us);
  }
  return least;
}

// What a round takes beyond the work: two joins, a submission and a restart, whether the two work in turns or
// at once. At once neither can be more than a round ahead of what it gets from the other.
Result<double> overhead_us(Turn& primary, Turn& npu, SyncMode mode, double work_us,
                           const CancelToken& cancel) {
  TANDEM_ASSIGN(const double in_turn, round_us(primary, npu, mode, Turns::kOneByOne, cancel));
  TANDEM_ASSIGN(const double at_once, round_us(primary, npu, mode, Turns::kAtOnce, cancel));
  return std::max(in_turn, 2 * at_once) - work_us;
}

// A chain pays the parts of this in sum; which of them how much is known of the primary alone.
SyncCosts share(double overhead, const Alone& primary) {
  const double drained = std::clamp(overhead - primary.submit, primary.submit, primary.drained);
  return {std::max((overhead - primary.submit - drained) / 2, 0.0), primary.submit, drained, 0};
}

// GB/s of weights, until the deadline.
Result<double> stream(Ready& ready, const CancelToken& cancel, double megabytes,
                      std::chrono::steady_clock::time_point deadline) {
  PartTimer timer(*ready.program, cancel);
  double us = 0;
  int64_t runs = 0;
  do {
    TANDEM_ASSIGN(const double batch, timer.run_us(ready.part, ready.shape, kQueued));
    us += batch;
    runs += kQueued;
  } while (std::chrono::steady_clock::now() < deadline);
  return megabytes * 1e3 * static_cast<double>(runs) / us;
}

}  // namespace

Result<void> measure_joins(const MeasureRequest& request, ActivationPool& pool, Profile& profile) {
  const std::optional<OpId> op = find_matmul(request, false);
  if (!op) return {};
  TANDEM_ASSIGN(Ready primary,
                make_ready(request, request.primary, profile.primary, *op, request.lengths.front(), pool));
  PartTimer primary_timer(*primary.program, request.cancel);
  TANDEM_ASSIGN(const Alone alone, time_alone(primary_timer, primary));
  profile.fast = profile.driver = {0, alone.submit, alone.drained, 0};
  if (request.npu != nullptr) {
    TANDEM_ASSIGN(ActivationPool beside_pool,
                  ActivationPool::create(request.graph, request.lengths.front(), 1, request.allocate));
    TANDEM_ASSIGN(Ready npu, make_ready(request, *request.npu, ProcessorKind::kNpu, *op,
                                        request.lengths.front(), beside_pool));
    PartTimer npu_timer(*npu.program, request.cancel);
    TANDEM_ASSIGN(const Timing on_npu, npu_timer.time(npu.part, npu.shape, kRounds / 4));
    Turn own{*primary.program, primary.part, primary.shape, primary_timer.number()};
    Turn beside{*npu.program, npu.part, npu.shape, npu_timer.number()};
    for (const SyncMode mode : {SyncMode::kFast, SyncMode::kDriver}) {
      TANDEM_ASSIGN(const double overhead,
                    overhead_us(own, beside, mode, alone.op + on_npu.us, request.cancel));
      (mode == SyncMode::kFast ? profile.fast : profile.driver) = share(overhead, alone);
    }
  }
  profile.synced = true;
  return {};
}

Result<void> measure_bandwidths(const MeasureRequest& request, ActivationPool& pool, Profile& profile) {
  const std::optional<OpId> op = find_matmul(request, true);
  if (!op) return {};
  const Op& one = request.graph.ops[static_cast<size_t>(*op)];
  const double megabytes =
      static_cast<double>(one.n) *
      static_cast<double>(row_bytes(request.weights.view(one.weight).type, static_cast<uint64_t>(one.k))) /
      1e6;
  const int64_t tokens = request.lengths.front();
  const auto soon = [] { return std::chrono::steady_clock::now() + kStreamFor; };
  TANDEM_ASSIGN(Ready primary, make_ready(request, request.primary, profile.primary, *op, tokens, pool));
  TANDEM_ASSIGN(profile.bandwidths.primary_alone, stream(primary, request.cancel, megabytes, soon()));
  if (request.npu == nullptr) return {};
  // Each writes its whole output, so each needs activations of its own.
  TANDEM_ASSIGN(ActivationPool beside_pool,
                ActivationPool::create(request.graph, tokens, 1, request.allocate));
  TANDEM_ASSIGN(Ready npu, make_ready(request, *request.npu, ProcessorKind::kNpu, *op, tokens, beside_pool));
  TANDEM_ASSIGN(profile.bandwidths.npu_alone, stream(npu, request.cancel, megabytes, soon()));
  Result<double> beside = 0.0;
  const auto deadline = soon();
  std::thread other([&] { beside = stream(npu, request.cancel, megabytes, deadline); });
  const Result<double> own = stream(primary, request.cancel, megabytes, deadline);
  other.join();
  TANDEM_TRY(beside);
  TANDEM_TRY(own);
  profile.bandwidths.primary_together = *own;
  profile.bandwidths.npu_together = *beside;
  return {};
}

}  // namespace tandem
