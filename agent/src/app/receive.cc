#include "app/receive.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "app/receive_input.h"
#include "app/receive_store.h"
#include "base/bytes.h"

namespace tandem::app {
namespace {

using nlohmann::json;

constexpr uint64_t kMostBlockBytes = uint64_t{1} << 30;

// One line; the host may be gone, which the next read will show.
void say(int fd, const json& message) {
  const std::string line = message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  for (size_t at = 0; at < line.size();) {
    const ssize_t written = write(fd, line.data() + at, line.size() - at);
    if (written <= 0) return;
    at += static_cast<size_t>(written);
  }
}

Error bad_request(const std::string& wanted) {
  return {ErrorCode::kInvalidArgument,
          "The sender's request is not " + wanted + "; update Tandem on the computer.",
          {}};
}

std::optional<uint64_t> number(const json& message, const char* name) {
  if (!message.is_object() || !message.contains(name) || !message[name].is_number_unsigned())
    return std::nullopt;
  return message[name].get<uint64_t>();
}

Result<json> read_message(ReceiveInput& input) {
  TANDEM_ASSIGN(const std::string line, input.read_line());
  json message = json::parse(line, nullptr, false);
  if (message.is_discarded()) return bad_request("JSON");
  return message;
}

Result<Transfer> read_transfer(ReceiveInput& input) {
  TANDEM_ASSIGN(const json message, read_message(input));
  const auto size = number(message, "size");
  const auto block_bytes = number(message, "blockBytes");
  if (!size || !block_bytes || *block_bytes == 0 || *block_bytes > kMostBlockBytes) {
    return bad_request(R"({"size":N,"blockBytes":B} with B up to 1 GiB)");
  }
  return Transfer{*size, *block_bytes};
}

// The offset from which data follow.
Result<uint64_t> read_start(ReceiveInput& input, const Transfer& transfer, const Held& held) {
  TANDEM_ASSIGN(const json message, read_message(input));
  const auto from = number(message, "from");
  const uint64_t held_bytes = std::min(transfer.size, held.hashes.size() * transfer.block_bytes);
  if (!from || *from > held_bytes || (*from % transfer.block_bytes != 0 && *from != transfer.size)) {
    return bad_request(R"({"from":offset} at the start of a block that is there)");
  }
  return *from;
}

// One block goes to the file as it comes in, and its hash decides whether it stays.
Result<void> receive_block(ReceiveInput& input, PartFile& part, uint64_t bytes) {
  BlockHash hash;
  for (uint64_t left = bytes; left > 0;) {
    TANDEM_ASSIGN(const std::span<const std::byte> data, input.read_some(left));
    hash.update(data);
    TANDEM_TRY(part.append(data));
    left -= data.size();
  }
  std::array<std::byte, 8> trailer;
  TANDEM_TRY(input.read_exactly(trailer));
  if (hash.digest() != load<uint64_t>(trailer.data())) {
    return Error{ErrorCode::kHashMismatch,
                 "The block at byte " + std::to_string(part.kept()) +
                     " was changed on its way; push again to send it once more.",
                 {{"offset", std::to_string(part.kept())}}};
  }
  part.keep(hash.digest());
  return {};
}

Result<void> receive(const std::string& path, ReceiveInput& input, int out_fd) {
  TANDEM_ASSIGN(const Transfer transfer, read_transfer(input));
  TANDEM_ASSIGN(const ReceiveStore store, ReceiveStore::open(path, transfer));
  TANDEM_ASSIGN(const Held held, store.held());
  json blocks = json::array();
  for (const uint64_t hash : held.hashes) blocks.push_back(hash_text(hash));
  say(out_fd, {{"state", held.state}, {"blocks", std::move(blocks)}, {"freeBytes", store.free_bytes()}});

  TANDEM_ASSIGN(const uint64_t from, read_start(input, transfer, held));
  if (held.state != "complete" || from < transfer.size) {
    TANDEM_ASSIGN(PartFile part, store.begin(held, from));
    while (part.kept() < transfer.size) {
      const uint64_t bytes = std::min(transfer.block_bytes, transfer.size - part.kept());
      TANDEM_TRY(receive_block(input, part, bytes));
      say(out_fd, {{"received", part.kept()}});
    }
    TANDEM_TRY(store.finish(std::move(part)));
  }
  say(out_fd, {{"done", true}, {"bytes", transfer.size}});
  return {};
}

}  // namespace

int receive_main(const std::string& path, int in_fd, int out_fd) {
  static_assert(std::endian::native == std::endian::little, "hashes travel as they lie in memory");
  std::signal(SIGPIPE, SIG_IGN);
  ReceiveInput input(in_fd);
  const Result<void> result = receive(path, input, out_fd);
  if (result.ok()) return 0;
  const Error& error = result.error();
  say(out_fd,
      {{"error",
        {{"code", error_code_name(error.code)}, {"message", error.message}, {"context", error.context}}}});
  return 1;
}

}  // namespace tandem::app
