// Names out of a file, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

// At most 80 characters in quotes; bytes that are not printable ASCII become '?'.
[[nodiscard]] inline std::string printable(std::string_view name) {
  constexpr size_t kMost = 80;
  std::string text = "\"";
  for (const char c : name.substr(0, kMost)) text.push_back(c >= 0x20 && c <= 0x7E && c != '"' ? c : '?');
  text += name.size() > kMost ? "...\"" : "\"";
  return text;
}

}  // namespace tandem
