// The thread on which requests that take time run, one after another. It owns the loaded models.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/cancel.h"
#include "base/result.h"
#include "base/system.h"
#include "json/fields.h"
#include "rpc/curves.h"
#include "rpc/load_params.h"
#include "rpc/outbox.h"
#include "rpc/params.h"
#include "rpc/plan_params.h"
#include "rpc/solve_sources.h"
#include "rpc/verify_work.h"
#include "runtime/session.h"

namespace tandem::rpc {

struct UnloadParams {
  int64_t model_id = 0;
};

// What a request asks for, already checked.
using Work = std::variant<LoadParams, UnloadParams, GenerateParams, BenchParams, PlanSolveParams,
                          SimulateParams, ProfileRunParams, ReplanParams, CurvesParams, VerifyParams>;

struct Job {
  Json id;
  std::string method;
  Work work;
  int64_t arrived_ns = 0;
  CancelToken cancel;
};

class Worker {
 public:
  Worker(Outbox& outbox, const System& system);
  // Cancels what runs and waits for it to answer.
  ~Worker();

  [[nodiscard]] static bool knows(std::string_view method);
  // Of a method that it knows. Errors: those of the parameters.
  [[nodiscard]] static Result<Work> parse(std::string_view method, const Json& params);

  // Error busy where a job runs already; then nothing was started. The job answers through the outbox.
  [[nodiscard]] Result<void> start(Job job);
  // Does nothing where no job of this id runs.
  void cancel(const Json& id);
  void cancel_all();
  // Of the job that runs, or empty.
  [[nodiscard]] std::string busy() const;

 private:
  void work();
  [[nodiscard]] Result<Json> run(const Job& job);
  [[nodiscard]] Result<Json> perform(const Job& job, const LoadParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const UnloadParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, GenerateParams params);
  [[nodiscard]] Result<Json> perform(const Job& job, const BenchParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const PlanSolveParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const SimulateParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const ProfileRunParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const ReplanParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const CurvesParams& params);
  [[nodiscard]] Result<Json> perform(const Job& job, const VerifyParams& params);
  // Sends a run's trace as trace/chunk notifications.
  [[nodiscard]] TraceSink chunks(const std::string& run_id);
  [[nodiscard]] Result<Session*> model(int64_t id);
  // See portable.h; null where one processor runs alone.
  [[nodiscard]] Json origin_of(int64_t model_id) const;

  Outbox& outbox_;
  const System& system_;
  std::map<int64_t, std::unique_ptr<Session>> models_;  // Used by the thread only.
  int64_t next_model_ = 1;
  SolveSources sources_;             // Used by the thread only.
  std::map<int64_t, Json> origins_;  // Of the loaded models' plans, where they have one. By the thread only.

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> job_;  // Guarded by mutex_; from start() to its answer.
  bool stopping_ = false;   // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace tandem::rpc
