#include "rpc/outbox.h"

#include <utility>

#include "rpc/wire.h"

namespace tandem::rpc {

void Outbox::result(const Json& id, Json result) {
  send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void Outbox::error(const Json& id, RpcCode code, const Error& error) {
  send({{"jsonrpc", "2.0"},
        {"id", id},
        {"error",
         {{"code", static_cast<int>(code)}, {"message", error.message}, {"data", error_data_json(error)}}}});
}

void Outbox::error(const Json& id, const Error& failure) {
  RpcCode code = RpcCode::kFailed;
  if (failure.code == ErrorCode::kInvalidArgument) code = RpcCode::kInvalidParams;
  if (failure.code == ErrorCode::kCancelled) code = RpcCode::kCancelled;
  error(id, code, failure);
}

void Outbox::notify(const char* method, Json params) {
  send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void Outbox::log(const char* level, const std::string& message) {
  notify("log", {{"level", level}, {"message", message}});
}

void Outbox::send(const Json& message) {
  if (!writer_.write(json_text(message))) closed_.store(true, std::memory_order_relaxed);
}

}  // namespace tandem::rpc
