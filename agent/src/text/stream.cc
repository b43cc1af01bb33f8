#include "text/stream.h"

#include <algorithm>
#include <utility>

namespace tandem {

TextStream::TextStream(std::vector<std::string> stop_strings) : stop_strings_(std::move(stop_strings)) {
  std::erase(stop_strings_, std::string());
}

std::string TextStream::push(std::string_view token_bytes) {
  if (stopped_) return {};
  splitter_.push(token_bytes, held_);
  return take_ready();
}

std::string TextStream::finish() {
  if (stopped_) return {};
  splitter_.finish(held_);
  // Nothing more can come, so a stop string that is there now is the first.
  const size_t stop = first_stop();
  stopped_ = stop != std::string::npos;
  if (stopped_) held_.resize(stop);
  return std::exchange(held_, {});
}

size_t TextStream::first_stop() const {
  size_t first = std::string::npos;
  for (const std::string& wanted : stop_strings_) first = std::min(first, held_.find(wanted));
  return first;
}

// What is certain: up to the first stop string, or up to where the tail may still become one.
std::string TextStream::take_ready() {
  const size_t stop = first_stop();
  size_t safe = held_.size();
  for (const std::string& wanted : stop_strings_) {
    const size_t longest = std::min(wanted.size() - 1, held_.size());
    for (size_t length = longest; length > 0; length--) {
      if (!std::string_view(held_).ends_with(std::string_view(wanted).substr(0, length))) continue;
      safe = std::min(safe, held_.size() - length);
      break;
    }
  }
  // A stop string that begins earlier may still be completed: "ab" was met, but "xabc" is possible.
  if (stop != std::string::npos && stop <= safe) {
    stopped_ = true;
    held_.resize(stop);
    return std::exchange(held_, {});
  }
  std::string ready = held_.substr(0, safe);
  held_.erase(0, safe);
  return ready;
}

}  // namespace tandem
