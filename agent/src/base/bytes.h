// Reads little-endian values out of bytes that nobody has checked yet. It never reads outside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace tandem {

// All supported targets are little-endian, so a value is a copy of its bytes.
template <typename T>
[[nodiscard]] T load(const std::byte* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] size_t offset() const { return offset_; }
  [[nodiscard]] size_t left() const { return bytes_.size() - offset_; }

  // Nothing, and no movement, where fewer than sizeof(T) bytes are left.
  template <typename T>
  [[nodiscard]] std::optional<T> read() {
    if (left() < sizeof(T)) return std::nullopt;
    const T value = load<T>(bytes_.data() + offset_);
    offset_ += sizeof(T);
    return value;
  }

  // A view of the next `count` bytes; nothing where fewer are left.
  [[nodiscard]] std::optional<std::span<const std::byte>> take(uint64_t count) {
    if (count > left()) return std::nullopt;
    const auto taken = bytes_.subspan(offset_, static_cast<size_t>(count));
    offset_ += taken.size();
    return taken;
  }

 private:
  std::span<const std::byte> bytes_;
  size_t offset_ = 0;
};

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tandem
