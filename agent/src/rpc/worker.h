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

#include "base/cancel.h"
#include "base/result.h"
#include "base/system.h"
#include "rpc/fields.h"
#include "rpc/outbox.h"
#include "runtime/session.h"

namespace tandem::rpc {

struct Job {
  Json id;
  std::string method;
  Json params;
  int64_t arrived_ns = 0;
  CancelToken cancel;
};

class Worker {
 public:
  Worker(Outbox& outbox, const System& system);
  // Cancels what runs and waits for it to answer.
  ~Worker();

  [[nodiscard]] static bool knows(std::string_view method);

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
  [[nodiscard]] Result<Json> load(const Job& job);
  [[nodiscard]] Result<Json> unload(const Job& job);
  [[nodiscard]] Result<Json> generate_text(const Job& job);
  [[nodiscard]] Result<Json> measure(const Job& job);
  [[nodiscard]] Result<Session*> model(int64_t id);

  Outbox& outbox_;
  const System& system_;
  std::map<int64_t, std::unique_ptr<Session>> models_;  // Used by the thread only.
  int64_t next_model_ = 1;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> job_;  // Guarded by mutex_; from start() to its answer.
  bool stopping_ = false;   // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace tandem::rpc
