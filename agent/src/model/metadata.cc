#include "model/metadata.h"

#include <cmath>

namespace tandem {

Error bad_value(const std::string& key, const std::string& value, const std::string& expected) {
  return {ErrorCode::kModelBadValues,
          "The model's " + key + " is " + value + ", but it has to be " + expected +
              ": the file is damaged or not made for this family, so fetch or convert it again.",
          {{"key", key}, {"value", value}, {"expected", expected}}};
}

Result<int64_t> Metadata::size(const char* name, int64_t most) const {
  TANDEM_ASSIGN(const uint32_t value, file_.get_u32(key(name)));
  if (value >= 1 && value <= most) return int64_t{value};
  return bad_value(key(name), std::to_string(value), "from 1 to " + std::to_string(most));
}

Result<int64_t> Metadata::size_or(const char* name, int64_t absent, int64_t most) const {
  if (has(name)) return size(name, most);
  if (absent >= 1 && absent <= most) return absent;
  return bad_value(key(name), std::to_string(absent), "from 1 to " + std::to_string(most));
}

Result<int64_t> Metadata::count_or(const char* name, int64_t absent, int64_t most) const {
  if (!has(name)) return absent;
  TANDEM_ASSIGN(const uint32_t value, file_.get_u32(key(name)));
  if (value <= most) return int64_t{value};
  return bad_value(key(name), std::to_string(value), "from 0 to " + std::to_string(most));
}

Result<float> Metadata::positive_or(const char* name, float absent) const {
  TANDEM_ASSIGN(const float value, file_.get_f32_or(key(name), absent));
  if (!(value > 0) || !std::isfinite(value))
    return bad_value(key(name), std::to_string(value), "a positive number");
  return value;
}

Result<std::string> Metadata::text_or(const char* name, std::string_view absent) const {
  TANDEM_ASSIGN(const std::string_view value, file_.get_string_or(key(name), absent));
  return std::string(value);
}

}  // namespace tandem
