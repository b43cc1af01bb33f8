#include "runtime/wait_predictor.h"

#include <algorithm>

namespace tandem {

size_t WaitPredictor::id(const std::string& key) {
  const auto [found, fresh] = ids_.emplace(key, entries_.size());
  if (fresh) entries_.emplace_back();
  return found->second;
}

void WaitPredictor::learn(size_t id, int64_t waited_ns, int64_t slept_ns, bool over_after_sleep) {
  Entry& entry = entries_[id];
  // Who sleeps too long makes the other wait, which then learns to sleep longer itself: down fast, up slowly.
  if (over_after_sleep && slept_ns > 0) {
    entry.ns = std::min(entry.known ? entry.ns : slept_ns, slept_ns) / 2;
  } else if (!entry.known) {
    entry.ns = waited_ns;
  } else {
    entry.ns += (waited_ns - entry.ns) / (waited_ns < entry.ns ? 2 : 8);
  }
  entry.known = true;
}

}  // namespace tandem
