#include "rpc/model_outline.h"

#include <array>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "gguf/parser.h"
#include "gguf/tensor_type.h"
#include "gguf/writer.h"
#include "tensor/type.h"

namespace tandem::rpc {
namespace {

constexpr std::string_view kLayerPrefix = "blk.";
constexpr std::string_view kAnyLayer = "blk.*.";
constexpr uint64_t kMostNumbers = 4096;  // Of a list in the metadata: one for each layer, or a few more.
constexpr int64_t kMostLayers = 1024;
constexpr size_t kMostTensors = 1 << 16;

// Of integers and floats of any width; null for what a graph is not made from.
Json number_json(GgufType type, const std::byte* at) {
  switch (type) {
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
    case GgufType::kF32:
      return load<float>(at);
    case GgufType::kBool:
      return load<uint8_t>(at) != 0;
    case GgufType::kU64:
      return load<uint64_t>(at);
    case GgufType::kI64:
      return load<int64_t>(at);
    case GgufType::kF64:
      return load<double>(at);
    default:
      return nullptr;
  }
}

Json value_json(const GgufValue& value) {
  if (value.type == GgufType::kString) return as_text(value.bytes);
  if (value.type != GgufType::kArray) return number_json(value.type, value.bytes.data());
  const size_t width = gguf_number_bytes(value.element);
  if (width == 0 || value.count > kMostNumbers) return nullptr;
  Json list = Json::array();
  for (uint64_t i = 0; i < value.count; ++i) {
    list.push_back(number_json(value.element, value.bytes.data() + i * width));
  }
  return list;
}

// "blk.7.ffn_down.weight" is 7 and "blk.*.ffn_down.weight".
std::optional<std::pair<int64_t, std::string>> split_layer(std::string_view name) {
  if (!name.starts_with(kLayerPrefix)) return std::nullopt;
  const std::string_view rest = name.substr(kLayerPrefix.size());
  const size_t dot = rest.find('.');
  if (dot == 0 || dot > 4 || dot == std::string_view::npos) return std::nullopt;
  int64_t layer = 0;
  for (const char c : rest.substr(0, dot)) {
    if (c < '0' || c > '9') return std::nullopt;
    layer = layer * 10 + (c - '0');
  }
  return std::pair{layer, std::string(kAnyLayer).append(rest.substr(dot + 1))};
}

void add_layer(Json& ranges, int64_t layer) {
  if (!ranges.empty() && ranges.back()[1] == layer - 1) {
    ranges.back()[1] = layer;
  } else {
    ranges.push_back({layer, layer});
  }
}

Error wrong(const std::string& field, const std::string& expected) {
  return {ErrorCode::kInvalidArgument,
          "The field params.model.outline." + field + " has to be " + expected + ".",
          {{"field", "params.model.outline." + field}, {"expected", expected}}};
}

Result<void> write_list(GgufWriter& writer, const std::string& key, const Json& list) {
  std::vector<int32_t> whole;
  std::vector<float> real;
  for (const Json& item : list) {
    if (item.is_boolean()) {
      whole.push_back(item.get<bool>() ? 1 : 0);
    } else if (item.is_number()) {
      real.push_back(item.get<float>());
      if (item.is_number_integer()) whole.push_back(item.get<int32_t>());
    } else {
      return wrong("metadata." + key, "a list of numbers");
    }
  }
  if (whole.size() == list.size()) {
    writer.add_i32s(key, whole);
  } else {
    writer.add_f32s(key, real);
  }
  return {};
}

Result<void> write_value(GgufWriter& writer, const std::string& key, const Json& value) {
  if (value.is_string()) {
    writer.add_string(key, value.get<std::string>());
  } else if (value.is_boolean()) {
    writer.add_bool(key, value.get<bool>());
  } else if (value.is_number_integer() && value.get<int64_t>() >= 0 &&
             value.get<int64_t>() <= std::numeric_limits<uint32_t>::max()) {
    writer.add_u32(key, value.get<uint32_t>());
  } else if (value.is_number()) {
    writer.add_f32(key, value.get<float>());
  } else if (value.is_array() && value.size() <= kMostNumbers) {
    return write_list(writer, key, value);
  } else {
    return wrong("metadata." + key, "a number, a text, true or false, or a list of numbers");
  }
  return {};
}

class TensorWriter {
 public:
  explicit TensorWriter(GgufWriter& writer) : writer_(writer) {}

  Result<void> add(const Json& json, const std::string& where) {
    Fields fields(json, "params.model.outline." + where);
    const std::string name = fields.text("name");
    const auto type = type_by_name(fields.text("type"));
    if (!type) fields.refuse("type", "a tensor type such as Q4_0");
    std::vector<uint64_t> dims;
    for (const int64_t dim : fields.integers("dims")) {
      if (dim < 1 || dim > (int64_t{1} << 24)) fields.refuse("dims", "1 to 4 numbers from 1 to 16777216");
      dims.push_back(static_cast<uint64_t>(dim));
    }
    if (dims.empty() || dims.size() > 4) fields.refuse("dims", "1 to 4 numbers from 1 to 16777216");
    const Json* layers = fields.array_or_null("layers");
    TANDEM_TRY(fields.finish());
    if (layers == nullptr) return put(name, *type, dims, where);
    if (!name.starts_with(kAnyLayer)) return wrong(where + ".name", "like blk.*.ffn_down.weight");
    for (const Json& range : *layers) {
      const bool pair = range.is_array() && range.size() == 2 && range[0].is_number_unsigned() &&
                        range[1].is_number_unsigned();
      const int64_t first = pair ? range[0].get<int64_t>() : 0, last = pair ? range[1].get<int64_t>() : -1;
      if (first < 0 || last < first || last >= kMostLayers)
        return wrong(where + ".layers", "pairs [first, last] of layers under 1024");
      for (int64_t layer = first; layer <= last; ++layer) {
        const std::string full =
            std::string(kLayerPrefix) + std::to_string(layer) + "." + name.substr(kAnyLayer.size());
        TANDEM_TRY(put(full, *type, dims, where));
      }
    }
    return {};
  }

 private:
  Result<void> put(const std::string& name, TensorType type, const std::vector<uint64_t>& dims,
                   const std::string& where) {
    if (++tensors_ > kMostTensors) return wrong("tensors", "at most 65536 tensors");
    if (dims[0] % type_traits(type).block_size != 0)
      return wrong(where + ".dims", "rows that the blocks of its type divide");
    writer_.add_tensor(name, type, dims);
    return {};
  }

  GgufWriter& writer_;
  size_t tensors_ = 0;
};

}  // namespace

Json outline_json(const GgufFile& file) {
  Json metadata = Json::object();
  const auto architecture = file.get_string_or("general.architecture", "");
  const std::string prefix = std::string(architecture.ok() ? *architecture : "") + ".";
  for (const auto& [key, value] : GgufParser::metadata(file)) {
    if (key != "general.architecture" && key != "general.name" && !key.starts_with(prefix)) continue;
    Json json = value_json(value);
    if (!json.is_null()) metadata[std::string(key)] = std::move(json);
  }
  Json tensors = Json::array();
  std::map<std::tuple<std::string, TensorType, std::vector<uint64_t>>, size_t> entries;
  for (const GgufTensor& tensor : file.tensors()) {
    const auto layered = split_layer(tensor.name);
    const std::string name = layered ? layered->second : std::string(tensor.name);
    const auto [at, fresh] = entries.try_emplace({name, tensor.view.type, tensor.dims}, tensors.size());
    if (fresh) {
      tensors.push_back(
          {{"name", name}, {"type", type_traits(tensor.view.type).name}, {"dims", tensor.dims}});
    }
    if (layered) add_layer(tensors[at->second]["layers"], layered->first);
  }
  return {{"metadata", std::move(metadata)}, {"tensors", std::move(tensors)}};
}

Result<std::string> outline_file(const Json& outline) {
  Fields fields(outline, "params.model.outline");
  const Json* metadata = fields.object_or_null("metadata");
  const Json* tensors = fields.array_or_null("tensors");
  if (metadata == nullptr) fields.refuse("metadata", "an object");
  if (tensors == nullptr) fields.refuse("tensors", "a list");
  TANDEM_TRY(fields.finish());
  GgufWriter writer;
  for (const auto& item : metadata->items()) TANDEM_TRY(write_value(writer, item.key(), item.value()));
  TensorWriter tensor_writer(writer);
  for (size_t i = 0; i < tensors->size(); ++i) {
    TANDEM_TRY(tensor_writer.add((*tensors)[i], "tensors[" + std::to_string(i) + "]"));
  }
  return writer.header();
}

}  // namespace tandem::rpc
