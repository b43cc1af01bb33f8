// Reads the header of a GGUF file. Nothing in it is believed: every count, length, offset and type is checked
// first.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "gguf/file.h"

namespace tandem {

class GgufParser {
 public:
  explicit GgufParser(std::span<const std::byte> bytes) : bytes_(bytes), reader_(bytes) {}

  [[nodiscard]] Result<GgufFile> parse();
  // Of a file that ends before its data: the tensors have their shapes and no bytes.
  [[nodiscard]] Result<GgufFile> parse_shapes();
  // Every key and its value, in alphabetical order.
  [[nodiscard]] static const std::map<std::string_view, GgufValue>& metadata(const GgufFile& file) {
    return file.metadata_;
  }

 private:
  [[nodiscard]] Result<void> parse_header();
  [[nodiscard]] Result<void> parse_preamble();
  [[nodiscard]] Result<void> parse_metadata();
  [[nodiscard]] Result<GgufValue> parse_value(std::string_view key);
  [[nodiscard]] Result<GgufValue> parse_array(std::string_view key);
  [[nodiscard]] Result<void> skip_strings(std::string_view key, uint64_t count);
  [[nodiscard]] Result<void> read_alignment();
  [[nodiscard]] Result<void> parse_tensors();
  [[nodiscard]] Result<void> parse_tensor(uint64_t index);
  [[nodiscard]] Result<void> place_tensors();
  [[nodiscard]] Result<void> refuse_overlaps() const;
  [[nodiscard]] Result<std::string_view> read_string(const std::string& what);

  // Tells that the file ends inside `what`.
  [[nodiscard]] Error truncated(const std::string& what) const;
  [[nodiscard]] Error damaged(ErrorCode code, const std::string& what) const;

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  GgufFile file_;
  uint64_t tensor_count_ = 0;
  uint64_t metadata_count_ = 0;
  std::vector<uint64_t> offsets_;  // Of each tensor, from the start of the data section.
};

}  // namespace tandem
