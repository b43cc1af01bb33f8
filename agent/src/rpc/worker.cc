#include "rpc/worker.h"

#include <array>
#include <exception>
#include <new>
#include <utility>

#include "plan/json.h"
#include "rpc/base64.h"
#include "rpc/complete_options.h"
#include "rpc/costs.h"
#include "rpc/plan_work.h"
#include "rpc/portable.h"
#include "rpc/profile_work.h"
#include "rpc/progress.h"
#include "rpc/trace_json.h"
#include "rpc/wire.h"

namespace tandem::rpc {

Worker::Worker(Outbox& outbox, const System& system)
    : outbox_(outbox), system_(system), thread_([this] { work(); }) {}

Worker::~Worker() {
  cancel_all();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

namespace {

template <typename Params>
Result<Work> to_work(Result<Params> params) {
  if (!params.ok()) return std::move(params).error();
  return Work(std::move(params).value());
}

using Parse = Result<Work> (*)(const Json& params);

// Methods that take time, and how their parameters are read.
const std::map<std::string_view, Parse>& methods() {
  static const std::map<std::string_view, Parse> all = {
      {"model/load", [](const Json& params) { return to_work(parse_load(params)); }},
      {"model/unload",
       [](const Json& params) -> Result<Work> {
         TANDEM_ASSIGN(const int64_t id, parse_model_ref(params));
         return Work(UnloadParams{id});
       }},
      {"generate", [](const Json& params) { return to_work(parse_generate(params)); }},
      {"bench", [](const Json& params) { return to_work(parse_bench(params)); }},
      {"plan/solve", [](const Json& params) { return to_work(parse_plan_solve(params)); }},
      {"profile/run", [](const Json& params) { return to_work(parse_profile_run(params)); }},
      {"profile/curves", [](const Json& params) { return to_work(parse_curves(params)); }},
      {"model/replan", [](const Json& params) { return to_work(parse_replan(params)); }},
      {"verify", [](const Json& params) { return to_work(parse_verify(params)); }},
      {"simulate", [](const Json& params) { return to_work(parse_simulate(params)); }},
  };
  return all;
}

}  // namespace

bool Worker::knows(std::string_view method) { return methods().contains(method); }

Result<Work> Worker::parse(std::string_view method, const Json& params) {
  return methods().at(method)(params);
}

Result<void> Worker::start(Job job) {
  const std::lock_guard lock(mutex_);
  if (job_) {
    return Error{ErrorCode::kBusy,
                 "The agent is busy with " + job_->method + ": wait for it to end, or stop it first.",
                 {{"method", job_->method}}};
  }
  job_ = std::move(job);
  wake_.notify_one();
  return {};
}

void Worker::cancel(const Json& id) {
  const std::lock_guard lock(mutex_);
  if (job_ && job_->id == id) job_->cancel.cancel();
}

void Worker::cancel_all() {
  const std::lock_guard lock(mutex_);
  if (job_) job_->cancel.cancel();
}

std::string Worker::busy() const {
  const std::lock_guard lock(mutex_);
  return job_ ? job_->method : std::string();
}

void Worker::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || job_; });
    if (!job_) return;
    const Job job = *job_;
    lock.unlock();
    Result<Json> result = run(job);
    // Free for the next request before the client can know that this one is done.
    lock.lock();
    job_.reset();
    lock.unlock();
    if (result.ok()) {
      outbox_.result(job.id, std::move(result).value());
    } else {
      outbox_.error(job.id, result.error());
    }
    lock.lock();
  }
}

Result<Json> Worker::run(const Job& job) {
  try {
    return std::visit([&](const auto& work) { return perform(job, work); }, job.work);
  } catch (const std::bad_alloc&) {
    return Error{
        ErrorCode::kOutOfMemory,
        "The device has no memory left for this request: close other programs or choose a smaller model.",
        {}};
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kInternal,
                 "The agent met an error that it did not expect; please report it with the agent's log.",
                 {{"what", exception.what()}}};
  }
}

Result<Session*> Worker::model(int64_t id) {
  const auto found = models_.find(id);
  if (found != models_.end()) return found->second.get();
  return Error{ErrorCode::kNotFound,
               "No model with the id " + std::to_string(id) + " is loaded: load it first.",
               {{"modelId", std::to_string(id)}}};
}

Json Worker::origin_of(int64_t model_id) const {
  const auto found = origins_.find(model_id);
  return found == origins_.end() ? Json() : found->second;
}

Result<Json> Worker::perform(const Job& job, const LoadParams& params) {
  Progress progress(outbox_, job.id, "open", "bytes");
  const auto report = [&progress](std::string_view stage, int64_t done, int64_t total) {
    progress.update(stage, done, total, "bytes");
  };
  TANDEM_ASSIGN(const LoadOptions options, complete_options(params, system_, {report, job.cancel}));
  TANDEM_ASSIGN(std::unique_ptr<Session> session, Session::load(options, system_, report, job.cancel));
  const int64_t id = next_model_++;
  if (options.costs) {
    TANDEM_ASSIGN(origins_[id],
                  plan_origin({.path = options.path, .shape = {}, .outline = nullptr}, *options.costs));
  }
  Json result = model_json(id, *session);
  models_.emplace(id, std::move(session));
  return result;
}

Result<Json> Worker::perform(const Job&, const UnloadParams& params) {
  TANDEM_TRY(model(params.model_id));
  models_.erase(params.model_id);
  origins_.erase(params.model_id);
  return Json::object();
}

Result<Json> Worker::perform(const Job& job, GenerateParams params) {
  TANDEM_ASSIGN(Session* const session, model(params.model_id));
  params.request.requested_ns = job.arrived_ns;
  Progress progress(outbox_, job.id, "prefill", "tokens");
  GenerateHooks hooks;
  hooks.cancel = job.cancel;
  hooks.progress = [&](std::string_view stage, int64_t done, int64_t total) {
    progress.update(stage, done, total, "tokens");
  };
  hooks.token = [&](const GeneratedToken& token) {
    outbox_.notify("generate/token", {{"runId", params.run_id},
                                      {"index", token.index},
                                      {"token", token.token},
                                      {"text", token.text},
                                      {"ms", token.ms}});
  };
  std::optional<TracedRun> trace;
  if (params.trace) {
    trace.emplace();
    trace->options.buffer_bytes = params.trace->buffer_bytes;
    trace->options.t0_ns = job.arrived_ns;
    trace->options.header_json =
        trace_header(*session, params.request, system_, params.trace->context, origin_of(params.model_id));
    trace->sink = chunks(params.run_id);
  }
  TracedRun* const traced = trace ? &*trace : nullptr;
  TANDEM_ASSIGN(const GenerateOutcome outcome,
                generate_traced(*session, params.request, system_, hooks, traced));
  return generate_json(outcome, traced == nullptr ? nullptr : &traced->report);
}

Result<Json> Worker::perform(const Job& job, const BenchParams& params) {
  TANDEM_ASSIGN(Session* const session, model(params.model_id));
  Progress progress(outbox_, job.id, "warm-up", "steps");
  const auto report = [&progress](std::string_view stage, int64_t done, int64_t total) {
    progress.update(stage, done, total, "steps");
  };
  TANDEM_ASSIGN(const std::vector<BenchRow> rows, bench(*session, params.request, report, job.cancel));
  return bench_json(rows);
}

Result<Json> Worker::perform(const Job&, const PlanSolveParams& params) {
  return solve_plan(params, sources_);
}

Result<Json> Worker::perform(const Job& job, const SimulateParams& params) {
  Progress progress(outbox_, job.id, "simulate", "tokens");
  SimulationHooks hooks;
  hooks.cancel = job.cancel;
  hooks.progress = [&progress](std::string_view stage, int64_t done, int64_t total) {
    progress.update(stage, done, total, "tokens");
  };
  if (!params.run_id.empty()) hooks.trace = chunks(params.run_id);
  return run_simulation(params, system_, hooks);
}

Result<Json> Worker::perform(const Job& job, const ProfileRunParams& params) {
  TANDEM_ASSIGN(Session* const session, model(params.model_id));
  Progress progress(outbox_, job.id, "profile", "steps");
  const CompleteHooks hooks{[&progress](std::string_view stage, int64_t done, int64_t total) {
                              progress.update(stage, done, total, "steps");
                            },
                            job.cancel};
  ProfileSubject subject{session->graph(), session->weights(), {}, session->processor_options()};
  for (const ProcessorInfo& info : session->processors()) subject.processors.push_back(info.kind);
  TANDEM_ASSIGN(
      const MeasuredProfile measured,
      measure_profile(subject, params.path, static_cast<double>(params.budget_ms) / 1e3, system_, hooks));
  return profile_json(measured);
}

Result<Json> Worker::perform(const Job& job, const CurvesParams& params) {
  return profile_curves(params, job.cancel);
}

Result<Json> Worker::perform(const Job& job, const ReplanParams& params) {
  TANDEM_ASSIGN(Session* const session, model(params.model_id));
  if (!params.costs.empty()) {
    TANDEM_ASSIGN(Costs costs, open_costs(params.costs));
    TANDEM_ASSIGN(origins_[params.model_id],
                  plan_origin({.path = session->path(), .shape = {}, .outline = nullptr}, *costs.model));
    session->use_costs(std::move(costs.model));
  }
  TANDEM_TRY(session->readmit(job.cancel));
  TANDEM_ASSIGN(const ReplanReport report, session->replan(params.settings, job.cancel));
  return Json{{"plan", to_json(session->graph(), session->weights(), *session->plan())},
              {"compileMs", report.compile_ms},
              {"notes", report.notes}};
}

Result<Json> Worker::perform(const Job& job, const VerifyParams& params) {
  TANDEM_ASSIGN(const Session* const session, model(params.model_id));
  Progress progress(outbox_, job.id, "verify", "steps");
  const CompleteHooks hooks{[&progress](std::string_view stage, int64_t done, int64_t total) {
                              progress.update(stage, done, total, "steps");
                            },
                            job.cancel};
  return verify_model(*session, params, system_, hooks);
}

TraceSink Worker::chunks(const std::string& run_id) {
  return [this, run_id, sequence = int64_t{0}](const std::string& bytes, bool last) mutable {
    outbox_.notify("trace/chunk",
                   {{"runId", run_id}, {"sequence", sequence++}, {"last", last}, {"base64", base64(bytes)}});
  };
}

}  // namespace tandem::rpc
