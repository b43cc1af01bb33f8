// `tandem-agent serve`: reads requests, answers the quick ones at once, gives the others to the worker.
// Nothing that a client sends ends it but `shutdown` and the end of the input.
#pragma once

#include <string_view>

#include "base/system.h"
#include "json/fields.h"
#include "rpc/framing.h"
#include "rpc/outbox.h"
#include "rpc/worker.h"

namespace tandem::rpc {

class Server {
 public:
  // out_fd carries frames only. SIGPIPE has to be ignored by the process.
  Server(int in_fd, int out_fd, const System& system);

  // Until `shutdown` or the end of the input; what runs then is stopped. Gives the exit status.
  int run();

 private:
  void handle(const Frame& frame);
  void handle(const BadFrame& bad);
  void request(const Json& id, const std::string& method, const Json& params);
  void quick_request(const Json& id, const std::string& method, const Json& params);
  void notification(const std::string& method, const Json& params);

  int in_fd_;
  const System& system_;
  Outbox outbox_;
  std::optional<Worker> worker_;
  Json shutdown_id_;  // Null until asked for.
};

// With stdin and stdout of the process.
int serve_main();

}  // namespace tandem::rpc
