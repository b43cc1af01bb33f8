// Records of one thread on their way to the encoder: one writer, one reader, no locks, no allocation. When it
// is full, new records are counted as lost; what is in it stays whole.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "trace/record.h"

namespace tandem {

struct TraceLosses {
  uint64_t events = 0;
  int64_t first_ns = 0;  // 0 where nothing was lost.
  int64_t last_ns = 0;
};

class TraceRing {
 public:
  // Holds at least one record, and as many as fit into `bytes`, rounded down to a power of two.
  explicit TraceRing(size_t bytes);

  // Writer's side.
  void push(const TraceRecord& record) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) > mask_) return lose(record.begin_ns);
    records_[static_cast<size_t>(head & mask_)] = record;
    head_.store(head + 1, std::memory_order_release);
  }

  // Reader's side: calls `use(record)` for all that are there now, oldest first, and frees them. Gives their
  // number.
  template <typename Use>
  size_t drain(Use&& use) {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    const uint64_t head = head_.load(std::memory_order_acquire);
    for (uint64_t i = tail; i != head; ++i) use(records_[static_cast<size_t>(i & mask_)]);
    tail_.store(head, std::memory_order_release);
    return static_cast<size_t>(head - tail);
  }

  [[nodiscard]] size_t capacity() const { return records_.size(); }
  // From any thread. Full rings drop, so the reader empties them before they are.
  [[nodiscard]] size_t size() const;
  [[nodiscard]] TraceLosses losses() const;

 private:
  void lose(int64_t at_ns);

  std::vector<TraceRecord> records_;
  uint64_t mask_;
  alignas(64) std::atomic<uint64_t> head_{0};
  alignas(64) std::atomic<uint64_t> tail_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<int64_t> first_lost_ns_{0};
  std::atomic<int64_t> last_lost_ns_{0};
};

}  // namespace tandem
