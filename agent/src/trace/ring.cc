#include "trace/ring.h"

#include <algorithm>
#include <bit>

namespace tandem {

TraceRing::TraceRing(size_t bytes)
    : records_(std::bit_floor(std::max<size_t>(bytes / sizeof(TraceRecord), 1))),
      mask_(records_.size() - 1) {}

size_t TraceRing::size() const {
  const uint64_t tail = tail_.load(std::memory_order_acquire);
  return static_cast<size_t>(head_.load(std::memory_order_acquire) - tail);
}

TraceLosses TraceRing::losses() const {
  return {lost_.load(std::memory_order_acquire), first_lost_ns_.load(std::memory_order_relaxed),
          last_lost_ns_.load(std::memory_order_relaxed)};
}

void TraceRing::lose(int64_t at_ns) {
  const uint64_t lost = lost_.load(std::memory_order_relaxed);
  if (lost == 0) first_lost_ns_.store(at_ns, std::memory_order_relaxed);
  last_lost_ns_.store(at_ns, std::memory_order_relaxed);
  lost_.store(lost + 1, std::memory_order_release);
}

}  // namespace tandem
