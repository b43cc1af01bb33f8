// Memory for weights and activations: aligned, zeroed, on huge pages where it is large.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace tandem::cpu {

class Memory {
 public:
  // Zeroed bytes, aligned to 64, to 2 MiB from 2 MiB on. Error: out-of-memory.
  [[nodiscard]] static Result<Memory> allocate(size_t bytes);

  Memory() = default;
  Memory(Memory&& other) noexcept;
  Memory& operator=(Memory&& other) noexcept;
  ~Memory();

  // Makes the system give the pages now; zeroes a byte of each.
  void touch();

  [[nodiscard]] std::byte* data() { return data_; }
  [[nodiscard]] const std::byte* data() const { return data_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }  // As asked for.

 private:
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  void* mapping_ = nullptr;
  size_t mapping_bytes_ = 0;
};

}  // namespace tandem::cpu
