// A GGUF file (versions 2 and 3): typed metadata and tensors, all as views into the mapped file.
// Format: ggml's docs/gguf.md. Every number in the file is checked before it is used.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "gguf/array.h"
#include "gguf/value.h"
#include "tensor/view.h"

namespace tandem {

struct GgufTensor {
  std::string_view name;
  std::vector<uint64_t> dims;  // 1 to 4, the contiguous one (columns) first.
  TensorView view;             // rows is the product of all dims but the first.
};

class GgufFile {
 public:
  // Errors: those of MappedFile::open, and a code of its own for each kind of damage (gguf-...).
  [[nodiscard]] static Result<GgufFile> open(const std::string& path);
  // The same over bytes that outlive the result, for example in tests.
  [[nodiscard]] static Result<GgufFile> parse(std::span<const std::byte> bytes);

  [[nodiscard]] uint32_t version() const { return version_; }
  [[nodiscard]] uint32_t alignment() const { return alignment_; }
  [[nodiscard]] size_t file_bytes() const { return file_bytes_; }

  // Metadata. Errors: model-incomplete where the key is absent, gguf-bad-metadata where it has another type
  // or its number does not fit. Any integer type serves for the integers; any integer or float type for
  // get_f32.
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  [[nodiscard]] Result<std::string_view> get_string(std::string_view key) const;
  [[nodiscard]] Result<uint32_t> get_u32(std::string_view key) const;
  [[nodiscard]] Result<float> get_f32(std::string_view key) const;
  [[nodiscard]] Result<bool> get_bool(std::string_view key) const;
  [[nodiscard]] Result<StringArray> get_strings(std::string_view key) const;
  [[nodiscard]] Result<NumberArray<float>> get_f32s(std::string_view key) const;
  // Of element type i32 or u32.
  [[nodiscard]] Result<NumberArray<int32_t>> get_i32s(std::string_view key) const;

  // The same with a value for absent keys; a wrong type is still an error.
  [[nodiscard]] Result<std::string_view> get_string_or(std::string_view key,
                                                       std::string_view otherwise) const;
  [[nodiscard]] Result<uint32_t> get_u32_or(std::string_view key, uint32_t otherwise) const;
  [[nodiscard]] Result<float> get_f32_or(std::string_view key, float otherwise) const;
  [[nodiscard]] Result<bool> get_bool_or(std::string_view key, bool otherwise) const;

  // In the order of the file.
  [[nodiscard]] std::span<const GgufTensor> tensors() const { return tensors_; }
  [[nodiscard]] const GgufTensor* find_tensor(std::string_view name) const;
  // Error: model-incomplete where there is none of this name.
  [[nodiscard]] Result<TensorView> get_tensor(std::string_view name) const;

  // Gives the memory of a tensor back once it was repacked; see MappedFile::release.
  void release(const TensorView& view) const;

  // The value as it lies in the file; nullptr where absent.
  [[nodiscard]] const GgufValue* find(std::string_view key) const;

 private:
  friend class GgufParser;
  GgufFile() = default;

  std::optional<MappedFile> mapping_;
  uint32_t version_ = 0;
  uint32_t alignment_ = 32;
  size_t file_bytes_ = 0;
  std::map<std::string_view, GgufValue> metadata_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string_view, size_t> tensor_index_;
};

}  // namespace tandem
