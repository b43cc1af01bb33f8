// Progress of the request that runs: at once when a stage begins, else at most ten times a second, and from a
// thread of its own twice a second while nothing new comes, so that a client can tell slow from dead.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "rpc/outbox.h"

namespace tandem::rpc {

class Progress {
 public:
  // Requests without an id get none.
  Progress(Outbox& outbox, const Json& id, std::string stage, const char* unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::string_view stage, int64_t done, int64_t total, const char* unit);

 private:
  void beat();
  void send();

  Outbox& outbox_;
  const Json id_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::string stage_;
  int64_t done_ = 0;
  int64_t total_ = 0;
  const char* unit_;
  int64_t sent_ns_ = 0;
  std::thread thread_;
};

}  // namespace tandem::rpc
