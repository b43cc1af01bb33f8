// Arrays of GGUF metadata, read where they lie in the file: a vocabulary of 150 000 strings is not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace tandem {

// Numbers that need not be aligned.
template <typename T>
class NumberArray {
 public:
  NumberArray() = default;
  explicit NumberArray(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] size_t size() const { return bytes_.size() / sizeof(T); }
  // i < size().
  [[nodiscard]] T operator[](size_t i) const { return load<T>(bytes_.data() + i * sizeof(T)); }

 private:
  std::span<const std::byte> bytes_;
};

// Strings, each a 64-bit length and its bytes, one after another; the reader has checked the lengths. To be
// walked from the front: for (std::string_view text : strings) ...
class StringArray {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;
    using iterator_category = std::input_iterator_tag;

    explicit Iterator(const std::byte* at) : at_(at) {}
    std::string_view operator*() const {
      return {reinterpret_cast<const char*>(at_ + sizeof(uint64_t)),
              static_cast<size_t>(load<uint64_t>(at_))};
    }
    Iterator& operator++() {
      at_ += sizeof(uint64_t) + load<uint64_t>(at_);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::byte* at_;
  };

  StringArray() = default;
  StringArray(std::span<const std::byte> bytes, size_t count) : bytes_(bytes), count_(count) {}

  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] Iterator begin() const { return Iterator(bytes_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }

 private:
  std::span<const std::byte> bytes_;
  size_t count_ = 0;
};

}  // namespace tandem
