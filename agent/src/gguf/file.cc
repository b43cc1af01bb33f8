#include "gguf/file.h"

#include <cmath>
#include <limits>
#include <utility>

#include "gguf/parser.h"
#include "gguf/printable.h"

namespace tandem {
namespace {

Error absent(std::string_view key) {
  return {ErrorCode::kModelIncomplete,
          "The model file has no metadata " + printable(key) +
              ", which is needed to run it; convert the model again.",
          {{"key", std::string(key)}}};
}

Error wrong(std::string_view key, const char* wanted) {
  return {
      ErrorCode::kGgufBadMetadata,
      "The metadata " + printable(key) + " of the model file is not " + wanted + "; convert the model again.",
      {{"key", std::string(key)}}};
}

// Any integer of the format; nothing for other types and for unsigned values above the signed range.
std::optional<int64_t> as_integer(const GgufValue& value) {
  const std::byte* at = value.bytes.data();
  switch (value.type) {
    case GgufType::kU8:
      return load<uint8_t>(at);
    case GgufType::kI8:
      return load<int8_t>(at);
    case GgufType::kU16:
      return load<uint16_t>(at);
    case GgufType::kI16:
      return load<int16_t>(at);
    case GgufType::kU32:
      return load<uint32_t>(at);
    case GgufType::kI32:
      return load<int32_t>(at);
    case GgufType::kI64:
      return load<int64_t>(at);
    case GgufType::kU64: {
      const auto number = load<uint64_t>(at);
      if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
      return static_cast<int64_t>(number);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<GgufFile> GgufFile::open(const std::string& path) {
  TANDEM_ASSIGN(MappedFile mapping, MappedFile::open(path));
  auto parsed = GgufParser(mapping.bytes()).parse();
  if (!parsed.ok()) {
    Error error = std::move(parsed).error();
    error.context.emplace("path", path);
    return error;
  }
  parsed->mapping_ = std::move(mapping);
  return parsed;
}

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes) { return GgufParser(bytes).parse(); }

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? nullptr : &found->second;
}

Result<std::string_view> GgufFile::get_string(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  if (value->type != GgufType::kString) return wrong(key, "a text");
  return as_text(value->bytes);
}

Result<uint32_t> GgufFile::get_u32(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  const auto number = as_integer(*value);
  if (!number || *number < 0 || *number > std::numeric_limits<uint32_t>::max()) {
    return wrong(key, "a whole number from 0 to 4294967295");
  }
  return static_cast<uint32_t>(*number);
}

Result<float> GgufFile::get_f32(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  double number = std::numeric_limits<double>::quiet_NaN();
  if (value->type == GgufType::kF32) {
    number = load<float>(value->bytes.data());
  } else if (value->type == GgufType::kF64) {
    number = load<double>(value->bytes.data());
  } else if (const auto integer = as_integer(*value)) {
    number = static_cast<double>(*integer);
  }
  if (!(std::fabs(number) <= double{std::numeric_limits<float>::max()})) return wrong(key, "a finite number");
  return static_cast<float>(number);
}

Result<bool> GgufFile::get_bool(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  if (value->type != GgufType::kBool || load<uint8_t>(value->bytes.data()) > 1)
    return wrong(key, "true or false");
  return load<uint8_t>(value->bytes.data()) == 1;
}

Result<StringArray> GgufFile::get_strings(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  if (value->type != GgufType::kArray || value->element != GgufType::kString)
    return wrong(key, "a list of texts");
  return StringArray(value->bytes, static_cast<size_t>(value->count));
}

Result<NumberArray<float>> GgufFile::get_f32s(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  if (value->type != GgufType::kArray || value->element != GgufType::kF32) {
    return wrong(key, "a list of 32-bit floating-point numbers");
  }
  return NumberArray<float>(value->bytes);
}

Result<NumberArray<int32_t>> GgufFile::get_i32s(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent(key);
  if (value->type != GgufType::kArray ||
      (value->element != GgufType::kI32 && value->element != GgufType::kU32)) {
    return wrong(key, "a list of 32-bit whole numbers");
  }
  return NumberArray<int32_t>(value->bytes);
}

Result<std::string_view> GgufFile::get_string_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? get_string(key) : Result<std::string_view>(otherwise);
}

Result<uint32_t> GgufFile::get_u32_or(std::string_view key, uint32_t otherwise) const {
  return has(key) ? get_u32(key) : Result<uint32_t>(otherwise);
}

Result<float> GgufFile::get_f32_or(std::string_view key, float otherwise) const {
  return has(key) ? get_f32(key) : Result<float>(otherwise);
}

Result<bool> GgufFile::get_bool_or(std::string_view key, bool otherwise) const {
  return has(key) ? get_bool(key) : Result<bool>(otherwise);
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

Result<TensorView> GgufFile::get_tensor(std::string_view name) const {
  if (const GgufTensor* tensor = find_tensor(name)) return tensor->view;
  return Error{ErrorCode::kModelIncomplete,
               "The model file has no tensor " + printable(name) +
                   ", which its family needs; convert the model again.",
               {{"tensor", std::string(name)}}};
}

void GgufFile::release(const TensorView& view) const {
  if (mapping_) mapping_->release(view.bytes);
}

}  // namespace tandem
