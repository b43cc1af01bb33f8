#include "rpc/server.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "rpc/params.h"
#include "rpc/wire.h"

namespace tandem::rpc {
namespace {

Error invalid(const std::string& sentence) { return {ErrorCode::kInvalidArgument, sentence, {}}; }

bool is_id(const Json& id) { return id.is_number_integer() || id.is_string(); }

}  // namespace

Server::Server(int in_fd, int out_fd, const System& system)
    : in_fd_(in_fd), system_(system), outbox_(out_fd) {}

int Server::run() {
  worker_.emplace(outbox_, system_);
  FrameReader reader;
  std::vector<char> bytes(size_t{64} << 10);
  bool more = true;
  while (more && shutdown_id_.is_null() && !outbox_.closed()) {
    const ssize_t count = ::read(in_fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    more = count > 0;
    if (!more) break;
    reader.feed({bytes.data(), static_cast<size_t>(count)});
    while (shutdown_id_.is_null()) {
      const auto event = reader.next();
      if (!event) break;
      std::visit([this](const auto& each) { handle(each); }, *event);
    }
  }
  worker_.reset();  // What ran has answered now.
  if (!shutdown_id_.is_null()) outbox_.result(shutdown_id_, Json::object());
  return 0;
}

void Server::handle(const BadFrame& bad) {
  log(LogLevel::kWarning, bad.sentence);
  outbox_.error(nullptr, RpcCode::kParseError, invalid(bad.sentence));
}

void Server::handle(const Frame& frame) {
  const auto message = parse_json(frame.body);
  if (!message) {
    return outbox_.error(nullptr, RpcCode::kParseError,
                         invalid("A message is not JSON, or nested too deeply."));
  }
  const Json* id = nullptr;
  const Json* method = nullptr;
  const Json* params = nullptr;
  bool version = false;
  if (message->is_object()) {
    const auto find = [&message](const char* name) -> const Json* {
      const auto found = message->find(name);
      return found == message->end() ? nullptr : &*found;
    };
    id = find("id");
    method = find("method");
    params = find("params");
    const Json* jsonrpc = find("jsonrpc");
    version = jsonrpc != nullptr && *jsonrpc == "2.0";
  }
  const bool has_id = id != nullptr && is_id(*id);
  if (!version || method == nullptr || !method->is_string() || (id != nullptr && !has_id)) {
    return outbox_.error(has_id ? *id : Json(nullptr), RpcCode::kInvalidRequest,
                         invalid("A message is not a JSON-RPC 2.0 request or notification."));
  }
  const Json given = params == nullptr || params->is_null() ? Json::object() : *params;
  if (has_id) {
    request(*id, method->get<std::string>(), given);
  } else {
    notification(method->get<std::string>(), given);
  }
}

void Server::request(const Json& id, const std::string& method, const Json& params) {
  if (!Worker::knows(method)) return quick_request(id, method, params);
  Result<Work> work = Worker::parse(method, params);
  if (!work.ok()) return outbox_.error(id, work.error());
  Job job{
      .id = id, .method = method, .work = std::move(work).value(), .arrived_ns = boottime_ns(), .cancel = {}};
  if (const auto started = worker_->start(std::move(job)); !started.ok()) outbox_.error(id, started.error());
}

void Server::quick_request(const Json& id, const std::string& method, const Json& params) {
  if (method == "hello") {
    const auto checked = parse_hello(params);
    return checked.ok() ? outbox_.result(id, hello_json(system_)) : outbox_.error(id, checked.error());
  }
  if (method == "device/status" || method == "shutdown") {
    const auto checked = parse_empty(params);
    if (!checked.ok()) return outbox_.error(id, checked.error());
    if (method == "device/status") return outbox_.result(id, device_status_json(system_, worker_->busy()));
    shutdown_id_ = id;
    return;
  }
  outbox_.error(
      id, RpcCode::kMethodNotFound,
      Error{ErrorCode::kUnsupported, "This agent has no method \"" + method + "\".", {{"method", method}}});
}

// Unknown notifications are ignored, as JSON-RPC says.
void Server::notification(const std::string& method, const Json& params) {
  if (method != "$/cancelRequest" || !params.is_object()) return;
  if (const auto id = params.find("id"); id != params.end()) worker_->cancel(*id);
}

int serve_main() {
  signal(SIGPIPE, SIG_IGN);
  const System system;
  return Server(STDIN_FILENO, STDOUT_FILENO, system).run();
}

}  // namespace tandem::rpc
