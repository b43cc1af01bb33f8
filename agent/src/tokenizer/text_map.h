// Finds the id of a text: open addressing over ids alone (4 bytes a slot); the texts stay with their owner.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tandem {

class TextMap {
 public:
  TextMap() : TextMap(0) {}
  // Room for `count` texts.
  explicit TextMap(size_t count) : slots_(std::bit_ceil(count * 2 + 1), -1) {}

  // text_of(id) gives the text of an id that was inserted. A text that is there already gets the new id.
  template <typename TextOf>
  void insert(std::string_view text, int32_t id, const TextOf& text_of) {
    slots_[slot(text, text_of)] = id;
  }

  // -1 where the text is absent.
  template <typename TextOf>
  [[nodiscard]] int32_t find(std::string_view text, const TextOf& text_of) const {
    return slots_[slot(text, text_of)];
  }

  [[nodiscard]] size_t memory_bytes() const { return slots_.size() * sizeof(int32_t); }

 private:
  // Where the text is, or the free place where it would be.
  template <typename TextOf>
  [[nodiscard]] size_t slot(std::string_view text, const TextOf& text_of) const {
    const size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>(XXH3_64bits(text.data(), text.size())) & mask;
    while (slots_[at] >= 0 && text_of(slots_[at]) != text) at = (at + 1) & mask;
    return at;
  }

  std::vector<int32_t> slots_;
};

}  // namespace tandem
