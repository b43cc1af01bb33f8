// Turns the bytes of generated tokens into text as it may be shown: whole characters only, and never a part
// of a stop string.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace tandem {

class TextStream {
 public:
  // Empty stop strings are ignored.
  explicit TextStream(std::vector<std::string> stop_strings);

  // The text that `token_bytes` made ready, perhaps empty. Text that might be the beginning of a stop string
  // is held back until that is decided. After stopped() nothing more comes.
  [[nodiscard]] std::string push(std::string_view token_bytes);

  // A stop string was met: generation ends, and the text ends before it.
  [[nodiscard]] bool stopped() const { return stopped_; }

  // The text that is still held back, for when generation ends otherwise.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] std::string take_ready();
  // Where the first stop string begins in the held text; npos where there is none.
  [[nodiscard]] size_t first_stop() const;

  std::vector<std::string> stop_strings_;
  Utf8Splitter splitter_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace tandem
