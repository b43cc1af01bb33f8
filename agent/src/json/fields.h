// Reads the fields of a JSON object that somebody sent. The first thing that is wrong is kept; the caller
// looks once, at the end, and names no field twice.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem {

using Json = nlohmann::json;

class Fields {
 public:
  // `where` is said in errors: "params" or "params.sampler".
  Fields(const Json& object, std::string where);

  [[nodiscard]] std::string text(const char* name);  // Required.
  [[nodiscard]] std::string text_or(const char* name, std::string absent);
  [[nodiscard]] int64_t integer(const char* name);  // Required.
  [[nodiscard]] int64_t integer_or(const char* name, int64_t absent);
  [[nodiscard]] double number_or(const char* name, double absent);
  [[nodiscard]] bool boolean_or(const char* name, bool absent);
  [[nodiscard]] std::vector<std::string> texts_or_none(const char* name);
  [[nodiscard]] std::vector<int64_t> integers(const char* name);  // Required.
  // The object of this name; null where absent or null.
  [[nodiscard]] const Json* object_or_null(const char* name);
  // The list of this name; null where absent or null.
  [[nodiscard]] const Json* array_or_null(const char* name);
  // Keeps an error of a value that has the right type.
  void refuse(const char* name, const std::string& expected);
  void take(Result<void> result);

  // invalid-argument for the first wrong, missing or unknown field.
  [[nodiscard]] Result<void> finish();

 private:
  [[nodiscard]] const Json* find(const char* name, bool required);

  const Json& object_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
  std::optional<Error> error_;
};

// Text to JSON. Nothing for text that is not JSON, not UTF-8, or nested deeper than 64 (so that no later walk
// over it can exhaust the stack).
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

// JSON to text; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(const Json& value);

}  // namespace tandem
