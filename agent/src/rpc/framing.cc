#include "rpc/framing.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace tandem::rpc {
namespace {

constexpr std::string_view kLengthName = "content-length:";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

bool equal_ignoring_case(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
}

bool starts_with_length(std::string_view text) {
  return text.size() >= kLengthName.size() &&
         std::equal(kLengthName.begin(), kLengthName.end(), text.begin(),
                    [](char lower, char any) { return equal_ignoring_case(any, lower); });
}

size_t find_length(std::string_view text) {
  const auto found =
      std::search(text.begin(), text.end(), kLengthName.begin(), kLengthName.end(), equal_ignoring_case);
  return found == text.end() ? std::string_view::npos : static_cast<size_t>(found - text.begin());
}

// The number of `Content-Length: 123`, in a block of header lines.
std::optional<size_t> content_length(std::string_view block) {
  std::optional<size_t> length;
  while (!block.empty()) {
    const size_t end = std::min(block.find("\r\n"), block.size());
    std::string_view line = block.substr(0, end);
    block.remove_prefix(std::min(block.size(), end + 2));
    if (line.find(':') == std::string_view::npos) return std::nullopt;
    if (!starts_with_length(line)) continue;
    line.remove_prefix(kLengthName.size());
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    size_t value = 0;
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc{} || rest != line.data() + line.size() || line.empty()) return std::nullopt;
    length = value;
  }
  return length;
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  buffer_.erase(0, std::exchange(begin_, 0));
  buffer_.append(bytes);
}

std::optional<FrameEvent> FrameReader::next() {
  while (!body_bytes_) {
    const size_t before = begin_;
    if (auto event = read_header()) return event;
    if (!body_bytes_ && begin_ == before) return std::nullopt;
  }
  if (rest().size() < *body_bytes_) return std::nullopt;
  Frame frame{std::string(rest().substr(0, *body_bytes_))};
  begin_ += *body_bytes_;
  body_bytes_.reset();
  return frame;
}

// Sets body_bytes_, or drops bytes and perhaps reports them, or changes nothing where the header is not all
// there.
std::optional<FrameEvent> FrameReader::read_header() {
  if (lost_ && !find_header()) return std::nullopt;
  const std::string_view text = rest();
  const size_t end = text.substr(0, kMostHeader + kHeaderEnd.size()).find(kHeaderEnd);
  if (end == std::string_view::npos) {
    if (text.size() <= kMostHeader) return std::nullopt;
    return bad(1, "A message header is longer than " + std::to_string(kMostHeader) + " bytes.");
  }
  const std::optional<size_t> length = content_length(text.substr(0, end));
  const size_t header_bytes = end + kHeaderEnd.size();
  if (!length) return bad(header_bytes, "A message header has no valid Content-Length.");
  if (*length > kMostBody) {
    return bad(header_bytes, "A message of " + std::to_string(*length) + " bytes is longer than the " +
                                 std::to_string(kMostBody) + " that are accepted.");
  }
  begin_ += header_bytes;
  body_bytes_ = *length;
  lost_ = false;
  return std::nullopt;
}

// Drops `skip` bytes and begins to look for a header. Bad bytes one after another are reported once.
std::optional<FrameEvent> FrameReader::bad(size_t skip, std::string sentence) {
  begin_ += skip;
  if (std::exchange(lost_, true)) return std::nullopt;
  return BadFrame{std::move(sentence)};
}

bool FrameReader::find_header() {
  const size_t at = find_length(rest());
  if (at != std::string_view::npos) {
    begin_ += at;
    return true;
  }
  // Its beginning may be at the end of what is there.
  if (rest().size() >= kLengthName.size()) begin_ = buffer_.size() - kLengthName.size() + 1;
  return false;
}

bool FrameWriter::write(std::string_view body) {
  std::string frame = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  frame.append(body);
  const std::lock_guard lock(mutex_);
  std::string_view rest = frame;
  while (!broken_ && !rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{fd_, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  return !broken_;
}

}  // namespace tandem::rpc
