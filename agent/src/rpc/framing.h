// Content-Length framing, as the Language Server Protocol has it. The reader takes bytes from anybody and
// never trusts them: what it cannot understand is reported once, then it looks for the next header.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tandem::rpc {

// A whole message, or a sentence about bytes that are none.
struct Frame {
  std::string body;
};
struct BadFrame {
  std::string sentence;
};
using FrameEvent = std::variant<Frame, BadFrame>;

class FrameReader {
 public:
  static constexpr size_t kMostBody = size_t{64} << 20;
  static constexpr size_t kMostHeader = 4096;

  void feed(std::string_view bytes);
  // The next event in what was fed; nothing where more bytes are needed.
  [[nodiscard]] std::optional<FrameEvent> next();

 private:
  [[nodiscard]] std::optional<FrameEvent> read_header();
  [[nodiscard]] std::optional<FrameEvent> bad(size_t skip, std::string sentence);
  bool find_header();
  [[nodiscard]] std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

  std::string buffer_;
  size_t begin_ = 0;                  // Of what was not read yet.
  std::optional<size_t> body_bytes_;  // Set between a header and its body.
  bool lost_ = false;                 // Looking for a header after bad bytes.
};

// Writes whole frames to a file descriptor, from any thread.
class FrameWriter {
 public:
  explicit FrameWriter(int fd) : fd_(fd) {}

  // False once the other side is gone; what is written then is dropped.
  bool write(std::string_view body);

 private:
  int fd_;
  std::mutex mutex_;
  bool broken_ = false;
};

}  // namespace tandem::rpc
