// Messages to the client: results, errors and notifications of JSON-RPC 2.0, from any thread.
#pragma once

#include <atomic>
#include <string>

#include "base/error.h"
#include "json/fields.h"
#include "rpc/framing.h"

namespace tandem::rpc {

// Numbers that JSON-RPC and the Language Server Protocol reserve; everything of ours is kFailed, with its own
// stable code in `data`.
enum class RpcCode {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kFailed = -32000,
  kCancelled = -32800,
};

class Outbox {
 public:
  explicit Outbox(int fd) : writer_(fd) {}

  void result(const Json& id, Json result);
  void error(const Json& id, RpcCode code, const Error& error);
  // With the number that belongs to the error's code.
  void error(const Json& id, const Error& error);
  void notify(const char* method, Json params);
  void log(const char* level, const std::string& message);

  // True once the client is gone.
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  void send(const Json& message);

  FrameWriter writer_;
  std::atomic<bool> closed_{false};
};

}  // namespace tandem::rpc
