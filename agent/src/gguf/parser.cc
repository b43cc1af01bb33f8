#include "gguf/parser.h"

#include <bit>
#include <utility>

#include "gguf/printable.h"
#include "gguf/tensor_type.h"

namespace tandem {
namespace {

// The shortest that a metadata pair (key length, type, one byte) and a tensor entry (name length, dimension
// count, type, offset) can be: more of them than fit cannot be in the file.
constexpr uint64_t kLeastPairBytes = 8 + 4 + 1;
constexpr uint64_t kLeastTensorBytes = 8 + 4 + 4 + 8;
constexpr uint32_t kMostDims = 4;
constexpr uint32_t kMostAlignment = 1u << 20;
constexpr std::string_view kAlignmentKey = "general.alignment";

}  // namespace

Result<GgufFile> GgufParser::parse() {
  TANDEM_TRY(parse_header());
  TANDEM_TRY(place_tensors());
  TANDEM_TRY(refuse_overlaps());
  return std::move(file_);
}

Result<GgufFile> GgufParser::parse_shapes() {
  TANDEM_TRY(parse_header());
  return std::move(file_);
}

Result<void> GgufParser::parse_header() {
  file_.file_bytes_ = bytes_.size();
  TANDEM_TRY(parse_preamble());
  TANDEM_TRY(parse_metadata());
  TANDEM_TRY(read_alignment());
  return parse_tensors();
}

Result<void> GgufParser::parse_preamble() {
  const auto magic = reader_.take(4);
  if (!magic || as_text(*magic) != "GGUF") {
    return damaged(ErrorCode::kGgufBadMagic,
                   "This is not a GGUF file (it does not begin with GGUF); choose a .gguf model");
  }
  const auto version = reader_.read<uint32_t>();
  if (!version) return truncated("its version");
  // Big-endian files have the same magic; their version shows it.
  if (*version != 0 && (*version & 0xFFFF) == 0) {
    return damaged(ErrorCode::kGgufBigEndian,
                   "This GGUF file is big-endian, made for other machines; get the little-endian file");
  }
  if (*version != 2 && *version != 3) {
    return damaged(ErrorCode::kGgufBadVersion, "This GGUF file has version " + std::to_string(*version) +
                                                   ", and Tandem reads 2 and 3; convert the model again");
  }
  file_.version_ = *version;
  const auto tensors = reader_.read<uint64_t>();
  const auto pairs = reader_.read<uint64_t>();
  if (!tensors || !pairs) return truncated("its counts");
  if (*tensors > bytes_.size() / kLeastTensorBytes || *pairs > bytes_.size() / kLeastPairBytes) {
    return damaged(ErrorCode::kGgufBadCount, "The file says that it has " + std::to_string(*tensors) +
                                                 " tensors and " + std::to_string(*pairs) +
                                                 " metadata entries, more than its size allows");
  }
  tensor_count_ = *tensors;
  metadata_count_ = *pairs;
  return {};
}

Result<void> GgufParser::parse_metadata() {
  for (uint64_t i = 0; i < metadata_count_; i++) {
    TANDEM_ASSIGN(const std::string_view key, read_string("metadata key " + std::to_string(i)));
    TANDEM_ASSIGN(const GgufValue value, parse_value(key));
    if (!file_.metadata_.emplace(key, value).second) {
      return damaged(ErrorCode::kGgufDuplicateKey, "The metadata key " + printable(key) + " is there twice");
    }
  }
  return {};
}

Result<GgufValue> GgufParser::parse_value(std::string_view key) {
  const auto id = reader_.read<uint32_t>();
  if (!id) return truncated("the type of " + printable(key));
  GgufValue value;
  value.type = static_cast<GgufType>(*id);
  if (value.type == GgufType::kArray) return parse_array(key);
  if (value.type == GgufType::kString) {
    TANDEM_ASSIGN(const std::string_view text, read_string("the text of " + printable(key)));
    value.bytes = std::as_bytes(std::span(text));
    return value;
  }
  const size_t size = gguf_number_bytes(value.type);
  if (size == 0) {
    return damaged(ErrorCode::kGgufBadMetadata,
                   "The metadata key " + printable(key) + " has the unknown type " + std::to_string(*id));
  }
  const auto bytes = reader_.take(size);
  if (!bytes) return truncated("the value of " + printable(key));
  value.bytes = *bytes;
  return value;
}

Result<GgufValue> GgufParser::parse_array(std::string_view key) {
  const auto id = reader_.read<uint32_t>();
  const auto count = reader_.read<uint64_t>();
  if (!id || !count) return truncated("the array " + printable(key));
  GgufValue value{GgufType::kArray, static_cast<GgufType>(*id), *count, {}};
  if (value.element == GgufType::kArray) {
    return damaged(ErrorCode::kGgufTooDeep,
                   "The metadata key " + printable(key) + " is an array of arrays, which no model needs");
  }
  const size_t begin = reader_.offset();
  if (value.element == GgufType::kString) {
    TANDEM_TRY(skip_strings(key, *count));
    value.bytes = bytes_.subspan(begin, reader_.offset() - begin);
    return value;
  }
  const size_t size = gguf_number_bytes(value.element);
  if (size == 0) {
    return damaged(
        ErrorCode::kGgufBadMetadata,
        "The array " + printable(key) + " has elements of the unknown type " + std::to_string(*id));
  }
  if (*count > reader_.left() / size) {
    return damaged(ErrorCode::kGgufBadCount, "The array " + printable(key) + " claims " +
                                                 std::to_string(*count) +
                                                 " elements, more than the file holds");
  }
  value.bytes = *reader_.take(*count * size);
  return value;
}

Result<void> GgufParser::skip_strings(std::string_view key, uint64_t count) {
  if (count > reader_.left() / sizeof(uint64_t)) {
    return damaged(ErrorCode::kGgufBadCount, "The array " + printable(key) + " claims " +
                                                 std::to_string(count) + " texts, more than the file holds");
  }
  for (uint64_t i = 0; i < count; i++) {
    const auto length = reader_.read<uint64_t>();
    if (!length) return truncated("text " + std::to_string(i) + " of " + printable(key));
    if (!reader_.take(*length)) {
      return damaged(ErrorCode::kGgufBadString, "Text " + std::to_string(i) + " of " + printable(key) +
                                                    " claims " + std::to_string(*length) +
                                                    " bytes, more than the file holds");
    }
  }
  return {};
}

Result<void> GgufParser::read_alignment() {
  if (!file_.has(kAlignmentKey)) return {};
  TANDEM_ASSIGN(const uint32_t alignment, file_.get_u32(kAlignmentKey));
  if (!std::has_single_bit(alignment) || alignment > kMostAlignment) {
    return damaged(ErrorCode::kGgufBadAlignment, "The file's alignment is " + std::to_string(alignment) +
                                                     ", and it must be a power of two up to 1048576");
  }
  file_.alignment_ = alignment;
  return {};
}

Result<void> GgufParser::parse_tensors() {
  file_.tensors_.reserve(tensor_count_);
  offsets_.reserve(tensor_count_);
  for (uint64_t i = 0; i < tensor_count_; i++) TANDEM_TRY(parse_tensor(i));
  return {};
}

Result<void> GgufParser::parse_tensor(uint64_t index) {
  GgufTensor tensor;
  TANDEM_ASSIGN(tensor.name, read_string("the name of tensor " + std::to_string(index)));
  const std::string name = printable(tensor.name);
  const auto dim_count = reader_.read<uint32_t>();
  if (!dim_count) return truncated("the shape of tensor " + name);
  if (*dim_count == 0 || *dim_count > kMostDims) {
    return damaged(ErrorCode::kGgufBadShape, "The tensor " + name + " has " + std::to_string(*dim_count) +
                                                 " dimensions, and 1 to 4 are allowed");
  }
  uint64_t elements = 1;
  for (uint32_t i = 0; i < *dim_count; i++) {
    const auto dim = reader_.read<uint64_t>();
    if (!dim) return truncated("the shape of tensor " + name);
    // 2^60 elements keep every later product (at most 4 bytes for each) inside 64 bits.
    if (*dim == 0 || *dim > (uint64_t{1} << 60) / elements) {
      return damaged(ErrorCode::kGgufBadShape, "The tensor " + name + " has an impossible size (dimension " +
                                                   std::to_string(i) + " is " + std::to_string(*dim) + ")");
    }
    elements *= *dim;
    tensor.dims.push_back(*dim);
  }
  const auto type_id = reader_.read<uint32_t>();
  const auto offset = reader_.read<uint64_t>();
  if (!type_id || !offset) return truncated("the place of tensor " + name);
  const auto traits = type_traits(*type_id);
  if (!traits) {
    return damaged(ErrorCode::kGgufUnknownType,
                   "The tensor " + name + " has the type " + ggml_type_name(*type_id) +
                       ", which Tandem does not run; use a model in " + supported_type_names());
  }
  if (tensor.dims[0] % traits->block_size != 0) {
    return damaged(ErrorCode::kGgufBadShape,
                   "The tensor " + name + " has rows of " + std::to_string(tensor.dims[0]) +
                       " weights, not a multiple of " + std::to_string(traits->block_size) + " as " +
                       std::string(traits->name) + " needs");
  }
  tensor.view.type = traits->type;
  tensor.view.columns = static_cast<int64_t>(tensor.dims[0]);
  tensor.view.rows = static_cast<int64_t>(elements / tensor.dims[0]);
  if (!file_.tensor_index_.emplace(tensor.name, file_.tensors_.size()).second) {
    return damaged(ErrorCode::kGgufDuplicateTensor, "The tensor " + name + " is there twice");
  }
  if (*offset % file_.alignment_ != 0) {
    return damaged(ErrorCode::kGgufMisaligned,
                   "The tensor " + name + " begins at " + std::to_string(*offset) +
                       ", not a multiple of the alignment " + std::to_string(file_.alignment_));
  }
  offsets_.push_back(*offset);
  file_.tensors_.push_back(std::move(tensor));
  return {};
}

Result<std::string_view> GgufParser::read_string(const std::string& what) {
  const auto length = reader_.read<uint64_t>();
  if (!length) return truncated(what);
  const auto bytes = reader_.take(*length);
  if (!bytes) {
    return damaged(ErrorCode::kGgufBadString, "The length of " + what + " is " + std::to_string(*length) +
                                                  " bytes, more than the file holds");
  }
  return as_text(*bytes);
}

Error GgufParser::truncated(const std::string& what) const {
  return damaged(ErrorCode::kGgufTruncated, "The file ends inside " + what);
}

Error GgufParser::damaged(ErrorCode code, const std::string& what) const {
  const bool has_advice = what.find(';') != std::string::npos;
  return {code,
          what + (has_advice ? "." : "; the file is damaged, so download or copy it again."),
          {{"offset", std::to_string(reader_.offset())}, {"fileBytes", std::to_string(bytes_.size())}}};
}

}  // namespace tandem
