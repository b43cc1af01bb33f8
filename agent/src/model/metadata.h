// Reads a model's own numbers from its metadata and keeps them within what a real model can have, so that no
// later product overflows.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "gguf/file.h"
#include "model/family.h"

namespace tandem {

// "The model's `key` is `value`, but it has to be `expected`."
[[nodiscard]] Error bad_value(const std::string& key, const std::string& value, const std::string& expected);

class Metadata {
 public:
  Metadata(const GgufFile& file, Family family)
      : file_(file), prefix_(std::string(family_name(family)) + ".") {}

  // `<family>.<name>`
  [[nodiscard]] std::string key(const char* name) const { return prefix_ + name; }
  [[nodiscard]] bool has(const char* name) const { return file_.has(key(name)); }
  [[nodiscard]] bool has_tensor(const char* name) const { return file_.find_tensor(name) != nullptr; }

  // From 1 to `most`. Errors: model-incomplete, model-bad-values.
  [[nodiscard]] Result<int64_t> size(const char* name, int64_t most) const;
  [[nodiscard]] Result<int64_t> size_or(const char* name, int64_t absent, int64_t most) const;
  // From 0 to `most`. Error: model-bad-values.
  [[nodiscard]] Result<int64_t> count_or(const char* name, int64_t absent, int64_t most) const;
  // Above 0 and finite. Error: model-bad-values.
  [[nodiscard]] Result<float> positive_or(const char* name, float absent) const;
  [[nodiscard]] Result<std::string> text_or(const char* name, std::string_view absent) const;

 private:
  const GgufFile& file_;
  std::string prefix_;
};

}  // namespace tandem
