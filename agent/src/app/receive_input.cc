#include "app/receive_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tandem::app {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;
constexpr size_t kMostLineBytes = size_t{1} << 16;

}  // namespace

ReceiveInput::ReceiveInput(int fd) : fd_(fd), buffer_(kBufferBytes) {
  // Fewer and larger reads where it is a pipe; refused elsewhere, which does no harm.
  (void)fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kBufferBytes));
}

Result<void> ReceiveInput::fill() {
  ssize_t count = 0;
  do {
    count = read(fd_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    return Error{
        ErrorCode::kCancelled, "The sender stopped before the end; push again to go on from here.", {}};
  }
  begin_ = 0;
  end_ = static_cast<size_t>(count);
  return {};
}

Result<std::string> ReceiveInput::read_line() {
  std::string line;
  while (line.size() <= kMostLineBytes) {
    if (begin_ == end_) TANDEM_TRY(fill());
    const auto newline = std::find(buffer_.begin() + static_cast<ptrdiff_t>(begin_),
                                   buffer_.begin() + static_cast<ptrdiff_t>(end_), std::byte{'\n'});
    const auto stop = static_cast<size_t>(newline - buffer_.begin());
    line.append(reinterpret_cast<const char*>(buffer_.data()) + begin_, stop - begin_);
    begin_ = std::min(stop + 1, end_);
    if (stop < end_) return line;
  }
  return Error{
      ErrorCode::kInvalidArgument, "The sender's request is too long; update Tandem on the computer.", {}};
}

Result<std::span<const std::byte>> ReceiveInput::read_some(uint64_t most) {
  if (begin_ == end_) TANDEM_TRY(fill());
  const size_t count = static_cast<size_t>(std::min<uint64_t>(most, end_ - begin_));
  const std::span<const std::byte> data(buffer_.data() + begin_, count);
  begin_ += count;
  return data;
}

Result<void> ReceiveInput::read_exactly(std::span<std::byte> out) {
  while (!out.empty()) {
    TANDEM_ASSIGN(const std::span<const std::byte> data, read_some(out.size()));
    std::memcpy(out.data(), data.data(), data.size());
    out = out.subspan(data.size());
  }
  return {};
}

}  // namespace tandem::app
