// Writes GGUF files, version 3. The header is built in memory; tensor data are streamed in the order of their
// names' declaration, so that a file larger than memory can be written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/value.h"
#include "tensor/type.h"

namespace tandem {

class GgufWriter {
 public:
  explicit GgufWriter(uint32_t alignment = 32);

  void add_string(std::string_view key, std::string_view text);
  void add_u32(std::string_view key, uint32_t number);
  void add_f32(std::string_view key, float number);
  void add_bool(std::string_view key, bool value);
  void add_strings(std::string_view key, std::span<const std::string> texts);
  void add_f32s(std::string_view key, std::span<const float> numbers);
  void add_i32s(std::string_view key, std::span<const int32_t> numbers);

  // dims: 1 to 4, columns first. Gives the bytes of its data, without padding.
  uint64_t add_tensor(std::string_view name, TensorType type, std::span<const uint64_t> dims);

  // Everything up to the first tensor's data. Data follow, each padded with zeros to padded(bytes).
  [[nodiscard]] std::string header() const;
  [[nodiscard]] uint64_t padded(uint64_t bytes) const;

 private:
  void add_key(std::string_view key, GgufType type);

  uint32_t alignment_;
  std::string metadata_;
  std::string tensors_;
  uint64_t metadata_count_ = 0;
  uint64_t tensor_count_ = 0;
  uint64_t next_offset_ = 0;
};

}  // namespace tandem
