// SHA-256 (FIPS 180-4), for the identity of the running executable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem::rpc {

class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  // 64 hex digits; the object is spent afterwards.
  [[nodiscard]] std::string finish();

 private:
  void block(const std::byte* bytes);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> rest_{};
  size_t rest_bytes_ = 0;
  uint64_t total_bytes_ = 0;
};

// Empty where the file cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::string& path);

}  // namespace tandem::rpc
