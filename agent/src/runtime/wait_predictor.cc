#include "runtime/wait_predictor.h"

namespace tandem {

size_t WaitPredictor::id(const std::string& key) {
  const auto [found, fresh] = ids_.emplace(key, entries_.size());
  if (fresh) entries_.emplace_back();
  return found->second;
}

void WaitPredictor::learn(size_t id, int64_t waited_ns, int64_t slept_ns, bool over_after_sleep) {
  Entry& entry = entries_[id];
  // Nobody knows when it was over during the sleep: look earlier next time.
  const int64_t seen = over_after_sleep && slept_ns > 0 ? slept_ns * 3 / 4 : waited_ns;
  entry.ns = entry.known ? entry.ns + (seen - entry.ns) / 4 : seen;
  entry.known = true;
}

}  // namespace tandem
