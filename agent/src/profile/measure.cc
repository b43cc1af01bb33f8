#include "profile/measure.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "graph/cost.h"
#include "profile/measure_joins.h"
#include "profile/measure_tasks.h"
#include "profile/part_timer.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

// Of matmuls on one processor: a line through two lengths.
constexpr int64_t kLeastSamples = 2;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Result<void> check_lengths(const std::vector<int64_t>& lengths) {
  const bool fine = !lengths.empty() && lengths.front() >= 1 &&
                    std::ranges::adjacent_find(lengths, std::greater_equal{}) == lengths.end();
  if (fine) return {};
  return Error{ErrorCode::kInvalidArgument,
               "The lengths to measure have to be ascending, from 1.",
               {{"field", "lengths"}}};
}

class Measurement {
 public:
  Measurement(const MeasureRequest& request, ActivationPool& pool, Profile& profile)
      : request_(request), pool_(pool), profile_(profile), begin_(Clock::now()) {}

  Result<void> run() {
    const std::vector<MatmulTask> matmuls = matmul_tasks(request_, profile_);
    const std::vector<OtherTask> others = other_tasks(request_, profile_);
    const bool bandwidths = profile_.bandwidths.primary_alone == 0;
    progress_.total = static_cast<int64_t>(others.size()) + (profile_.synced ? 0 : 1) + (bandwidths ? 1 : 0);
    for (const MatmulTask& task : matmuls) progress_.total += static_cast<int64_t>(task.lengths.size());
    if (!profile_.synced)
      TANDEM_TRY(whole("joins", [&] { return measure_joins(request_, pool_, profile_); }));
    if (bandwidths)
      TANDEM_TRY(whole("bandwidth", [&] { return measure_bandwidths(request_, pool_, profile_); }));
    for (const MatmulTask& task : matmuls) {
      if (out_of_budget() && known(task.processor)) continue;
      TANDEM_TRY(matmul(task));
    }
    TANDEM_TRY(all_others(others));
    profile_.complete = !out_of_budget() || progress_.done == progress_.total;
    return {};
  }

 private:
  template <typename Run>
  Result<void> whole(const char* what, Run run) {
    TANDEM_TRY(check_cancel());
    TANDEM_TRY(run());
    report(what);
    return {};
  }

  [[nodiscard]] bool out_of_budget() const {
    return request_.budget_s > 0 && seconds_since(begin_) >= request_.budget_s;
  }

  // Whatever the budget: without a sample of a processor or a kind of op its times would be predicted as
  // nothing.
  [[nodiscard]] bool known(ProcessorKind processor) const {
    return std::ranges::count(profile_.matmuls, processor, &MatmulSample::processor) >= kLeastSamples;
  }
  [[nodiscard]] bool known(OpKind kind) const {
    return std::ranges::count(profile_.others, kind, &OtherSample::kind) > 0;
  }

  [[nodiscard]] Result<void> check_cancel() const {
    if (!request_.cancel.cancelled()) return {};
    return Error{ErrorCode::kCancelled, "Measuring was stopped; what is measured is kept.", {}};
  }

  void report(std::string what) {
    ++progress_.done;
    progress_.what = std::move(what);
    const double spent = seconds_since(begin_);
    const double left = static_cast<double>(progress_.total - progress_.done);
    progress_.remaining_s = spent / static_cast<double>(progress_.done) * left;
    if (request_.budget_s > 0) {
      progress_.remaining_s = std::clamp(request_.budget_s - spent, 0.0, progress_.remaining_s);
    }
    if (request_.progress) request_.progress(progress_);
  }

  Result<void> matmul(const MatmulTask& task) {
    const bool on_npu = task.processor == ProcessorKind::kNpu;
    Processor& processor = on_npu ? *request_.npu : request_.primary;
    const Op& op = request_.graph.ops[static_cast<size_t>(task.op)];
    if (on_npu && request_.npu->why_not(request_.graph, request_.weights, op)) return refuse(task, op);
    TANDEM_ASSIGN(const std::unique_ptr<Program> program,
                  processor.make_program(request_.graph, pool_, nullptr));
    PartTimer timer(*program, request_.cancel);
    for (const int64_t tokens : task.lengths) {
      TANDEM_TRY(check_cancel());
      if (out_of_budget() && known(task.processor)) return {};
      MatmulWork work = task.work;
      work.m = tokens;
      const Part part = part_of(request_.graph, task.op, task.processor, work.n, tokens);
      const auto compile_begin = Clock::now();
      const Result<void> prepared = program->prepare({&part, 1}, prepare_request());
      if (on_npu && !prepared.ok() && prepared.error().code == ErrorCode::kUnsupported)
        return refuse(task, op);
      TANDEM_TRY(prepared);
      if (on_npu) {
        profile_.compiles.push_back({work, seconds_since(compile_begin) * 1e6});
        const double weights = static_cast<double>(work.n) * static_cast<double>(work.k);
        // Graphs that are compiled later hold the weight once more.
        const double bytes = static_cast<double>(program->weight_bytes()) / weights;
        double& least = profile_.npu_bytes_per_weight;
        least = least > 0 ? std::min(least, bytes) : bytes;
      }
      TANDEM_ASSIGN(const Timing timing, timer.time(part, step_of(tokens), request_.repetitions));
      profile_.matmuls.push_back({task.processor, work, timing});
      report(std::string(processor_kind_name(task.processor)) + " " + std::to_string(work.n) + " x " +
             std::to_string(work.k) + " " + std::string(type_traits(work.type).name));
    }
    return {};
  }

  // The NPU never runs this weight: the solver has to know.
  Result<void> refuse(const MatmulTask& task, const Op& op) {
    const auto known = std::ranges::any_of(profile_.refused, [&](const MatmulWork& one) {
      return one.n == op.n && one.k == op.k && one.type == task.work.type;
    });
    if (!known) profile_.refused.push_back({0, op.n, op.k, task.work.type});
    for (size_t i = 0; i < task.lengths.size(); ++i) report("npu refuses " + op.name);
    return {};
  }

  Result<void> all_others(const std::vector<OtherTask>& tasks) {
    if (tasks.empty()) return {};
    TANDEM_ASSIGN(const std::unique_ptr<KvCache> cache,
                  request_.primary.make_cache(request_.graph.shape, request_.lengths.back()));
    TANDEM_ASSIGN(const std::unique_ptr<Program> program,
                  request_.primary.make_program(request_.graph, pool_, cache.get()));
    PartTimer timer(*program, request_.cancel);
    for (const OtherTask& task : tasks) {
      TANDEM_TRY(check_cancel());
      const Op& op = request_.graph.ops[static_cast<size_t>(task.op)];
      if (out_of_budget() && known(op.kind)) continue;
      const Part part = part_of(request_.graph, task.op, profile_.primary, op.n, task.tokens);
      TANDEM_TRY(program->prepare({&part, 1}, prepare_request()));
      TANDEM_ASSIGN(const Timing timing, timer.time(part, step_of(task.tokens), request_.repetitions));
      const OpCost cost = op_cost(request_.graph, request_.weights, op, step_of(task.tokens));
      profile_.others.push_back({op.kind, cost.bytes, cost.flops, timing});
      report(std::string(op_kind_name(op.kind)));
    }
    return {};
  }

  [[nodiscard]] PrepareRequest prepare_request() const {
    return {.weights = request_.weights, .cancel = request_.cancel, .copied = nullptr, .compiled = nullptr};
  }

  const MeasureRequest& request_;
  ActivationPool& pool_;
  Profile& profile_;
  Clock::time_point begin_;
  MeasureProgress progress_;
};

}  // namespace

Result<void> measure(const MeasureRequest& request, Profile& profile) {
  TANDEM_TRY(check_lengths(request.lengths));
  profile.primary = request.primary.info().kind;
  profile.has_npu = request.npu != nullptr;
  profile.complete = false;
  TANDEM_ASSIGN(ActivationPool pool,
                ActivationPool::create(request.graph, request.lengths.back(), 1, request.allocate));
  return Measurement(request, pool, profile).run();
}

}  // namespace tandem
