#include "gguf/writer.h"

#include <type_traits>

namespace tandem {
namespace {

template <typename T>
void put(std::string& out, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void put_text(std::string& out, std::string_view text) {
  put<uint64_t>(out, text.size());
  out.append(text);
}

void put_array_head(std::string& out, GgufType element, uint64_t count) {
  put(out, static_cast<uint32_t>(element));
  put(out, count);
}

}  // namespace

GgufWriter::GgufWriter(uint32_t alignment) : alignment_(alignment) {
  if (alignment != 32) add_u32("general.alignment", alignment);
}

void GgufWriter::add_key(std::string_view key, GgufType type) {
  put_text(metadata_, key);
  put(metadata_, static_cast<uint32_t>(type));
  metadata_count_++;
}

void GgufWriter::add_string(std::string_view key, std::string_view text) {
  add_key(key, GgufType::kString);
  put_text(metadata_, text);
}

void GgufWriter::add_u32(std::string_view key, uint32_t number) {
  add_key(key, GgufType::kU32);
  put(metadata_, number);
}

void GgufWriter::add_f32(std::string_view key, float number) {
  add_key(key, GgufType::kF32);
  put(metadata_, number);
}

void GgufWriter::add_bool(std::string_view key, bool value) {
  add_key(key, GgufType::kBool);
  put<uint8_t>(metadata_, value ? 1 : 0);
}

void GgufWriter::add_strings(std::string_view key, std::span<const std::string> texts) {
  add_key(key, GgufType::kArray);
  put_array_head(metadata_, GgufType::kString, texts.size());
  for (const std::string& text : texts) put_text(metadata_, text);
}

void GgufWriter::add_f32s(std::string_view key, std::span<const float> numbers) {
  add_key(key, GgufType::kArray);
  put_array_head(metadata_, GgufType::kF32, numbers.size());
  for (const float number : numbers) put(metadata_, number);
}

void GgufWriter::add_i32s(std::string_view key, std::span<const int32_t> numbers) {
  add_key(key, GgufType::kArray);
  put_array_head(metadata_, GgufType::kI32, numbers.size());
  for (const int32_t number : numbers) put(metadata_, number);
}

uint64_t GgufWriter::add_tensor(std::string_view name, TensorType type, std::span<const uint64_t> dims) {
  put_text(tensors_, name);
  put(tensors_, static_cast<uint32_t>(dims.size()));
  uint64_t bytes = row_bytes(type, dims[0]);
  for (size_t i = 0; i < dims.size(); i++) {
    put(tensors_, dims[i]);
    if (i > 0) bytes *= dims[i];
  }
  put(tensors_, static_cast<uint32_t>(type));
  put(tensors_, next_offset_);
  next_offset_ += padded(bytes);
  tensor_count_++;
  return bytes;
}

std::string GgufWriter::header() const {
  std::string out = "GGUF";
  put<uint32_t>(out, 3);
  put(out, tensor_count_);
  put(out, metadata_count_);
  out += metadata_;
  out += tensors_;
  out.resize(padded(out.size()), '\0');
  return out;
}

uint64_t GgufWriter::padded(uint64_t bytes) const {
  return (bytes + alignment_ - 1) / alignment_ * alignment_;
}

}  // namespace tandem
