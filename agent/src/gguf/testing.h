// Small GGUF files for tests and fuzzing.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gguf/writer.h"
#include "tensor/convert.h"

namespace tandem::testing_gguf {

// A valid file with every kind of metadata and two tensors.
inline std::string small_file() {
  GgufWriter writer;
  writer.add_string("general.architecture", "llama");
  writer.add_u32("llama.block_count", 2);
  writer.add_f32("llama.rope.freq_base", 10000.0f);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_strings("tokenizer.ggml.tokens", std::vector<std::string>{"a", "", "bc"});
  writer.add_f32s("tokenizer.ggml.scores", std::vector<float>{-1, 0, 2.5f});
  writer.add_i32s("tokenizer.ggml.token_type", std::vector<int32_t>{1, 3, -1});
  const std::vector<uint64_t> matrix{64, 3}, vector{5};
  const uint64_t matrix_bytes = writer.add_tensor("blk.0.ffn_down.weight", TensorType::kQ4_0, matrix);
  const uint64_t vector_bytes = writer.add_tensor("output_norm.weight", TensorType::kF32, vector);

  std::string file = writer.header();
  const size_t matrix_at = file.size();
  file.resize(matrix_at + writer.padded(matrix_bytes) + writer.padded(vector_bytes), '\0');
  std::vector<float> row(64);
  for (size_t i = 0; i < row.size(); i++) row[i] = static_cast<float>(i) - 32;
  for (size_t r = 0; r < 3; r++) {
    quantize_row(TensorType::kQ4_0, row.data(), 64,
                 reinterpret_cast<std::byte*>(file.data() + matrix_at + r * 36));
  }
  std::memcpy(file.data() + matrix_at + writer.padded(matrix_bytes), row.data(), 5 * sizeof(float));
  return file;
}

// A file written piece by piece, so that each piece can be wrong.
struct RawFile {
  std::string bytes;

  template <typename T>
  RawFile& put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  RawFile& text(std::string_view value) {
    put<uint64_t>(value.size());
    bytes.append(value);
    return *this;
  }
  RawFile& pad(size_t alignment) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    return *this;
  }
  // `version` and the counts.
  static RawFile start(uint64_t tensors, uint64_t pairs, uint32_t version = 3) {
    RawFile file{"GGUF"};
    file.put(version).put(tensors).put(pairs);
    return file;
  }
  RawFile& tensor(std::string_view name, std::vector<uint64_t> dims, uint32_t type, uint64_t offset) {
    text(name).put(static_cast<uint32_t>(dims.size()));
    for (const uint64_t dim : dims) put(dim);
    return put(type).put(offset);
  }
};

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace tandem::testing_gguf
