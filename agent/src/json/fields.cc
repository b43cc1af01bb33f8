#include "json/fields.h"

#include <limits>
#include <utility>

namespace tandem {
namespace {

constexpr int kMostDepth = 64;

bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMostDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

bool fits_int64(const Json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() ||
         value.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    error_ = Error{
        ErrorCode::kInvalidArgument, "The " + where_ + " have to be a JSON object.", {{"field", where_}}};
  }
}

const Json* Fields::find(const char* name, bool required) {
  known_.emplace(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  if (found != object_.end()) return &*found;
  if (required) refuse(name, "given");
  return nullptr;
}

void Fields::refuse(const char* name, const std::string& expected) {
  if (error_) return;
  const std::string field = where_ + "." + name;
  error_ = Error{ErrorCode::kInvalidArgument,
                 "The field " + field + " has to be " + expected + ".",
                 {{"field", field}, {"expected", expected}}};
}

void Fields::take(Result<void> result) {
  if (!result.ok() && !error_) error_ = std::move(result).error();
}

std::string Fields::text(const char* name) {
  const Json* value = find(name, true);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  refuse(name, "a string");
  return {};
}

std::string Fields::text_or(const char* name, std::string absent) {
  return find(name, false) == nullptr ? std::move(absent) : text(name);
}

int64_t Fields::integer(const char* name) {
  const Json* value = find(name, true);
  if (value == nullptr) return 0;
  if (fits_int64(*value)) return value->get<int64_t>();
  refuse(name, "an integer of at most 64 bits");
  return 0;
}

int64_t Fields::integer_or(const char* name, int64_t absent) {
  return find(name, false) == nullptr ? absent : integer(name);
}

double Fields::number_or(const char* name, double absent) {
  const Json* value = find(name, false);
  if (value == nullptr) return absent;
  if (value->is_number()) return value->get<double>();
  refuse(name, "a number");
  return absent;
}

bool Fields::boolean_or(const char* name, bool absent) {
  const Json* value = find(name, false);
  if (value == nullptr) return absent;
  if (value->is_boolean()) return value->get<bool>();
  refuse(name, "true or false");
  return absent;
}

std::vector<std::string> Fields::texts_or_none(const char* name) {
  const Json* value = find(name, false);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (!value->is_array()) refuse(name, "a list of strings");
  for (const Json& item : *value) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    } else {
      refuse(name, "a list of strings");
    }
  }
  return texts;
}

std::vector<int64_t> Fields::integers(const char* name) {
  const Json* value = find(name, true);
  std::vector<int64_t> numbers;
  if (value == nullptr) return numbers;
  if (!value->is_array()) refuse(name, "a list of integers");
  for (const Json& item : *value) {
    if (fits_int64(item)) {
      numbers.push_back(item.get<int64_t>());
    } else {
      refuse(name, "a list of integers");
    }
  }
  return numbers;
}

const Json* Fields::object_or_null(const char* name) {
  const Json* value = find(name, false);
  if (value == nullptr || value->is_null()) return nullptr;
  if (value->is_object()) return value;
  refuse(name, "an object");
  return nullptr;
}

const Json* Fields::array_or_null(const char* name) {
  const Json* value = find(name, false);
  if (value == nullptr || value->is_null()) return nullptr;
  if (value->is_array()) return value;
  refuse(name, "a list");
  return nullptr;
}

Result<void> Fields::finish() {
  if (!error_ && object_.is_object()) {
    for (const auto& item : object_.items()) {
      if (!known_.contains(item.key())) {
        refuse(item.key().c_str(), "left out, since this agent does not know it");
        break;
      }
    }
  }
  if (error_) return *error_;
  return {};
}

}  // namespace tandem
