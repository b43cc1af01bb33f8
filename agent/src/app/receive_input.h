// The host's side of a transfer: lines of JSON and blocks of data on one descriptor, through one buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace tandem::app {

// Every call fails with the code `cancelled` where the input has ended.
class ReceiveInput {
 public:
  explicit ReceiveInput(int fd);

  // Without its newline; at most 64 KiB.
  [[nodiscard]] Result<std::string> read_line();
  // From 1 to `most` bytes, as they are there; valid until the next call.
  [[nodiscard]] Result<std::span<const std::byte>> read_some(uint64_t most);
  [[nodiscard]] Result<void> read_exactly(std::span<std::byte> out);

 private:
  [[nodiscard]] Result<void> fill();

  int fd_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace tandem::app
