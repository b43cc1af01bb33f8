// What BPE and SPM share: a text cut into symbols that are merged pair by pair, the best pair first, by a
// heap. The work is O(n log n), also for one word of a megabyte.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tandem {

struct Symbol {
  uint32_t begin = 0;   // In bytes of the text.
  uint32_t length = 0;  // 0: merged into the symbol before it.
  int32_t id = -1;
  int32_t previous = -1;
  int32_t next = -1;
};

// Merges pairs of `symbols` until none is left that `pair_of` knows.
// pair_of(left, right): {bool valid, Rank rank, int32_t id} of their union; of equal ranks the leftmost goes
// first. Rank: a smaller one goes first.
template <typename Rank, typename PairOf>
class Merger {
 public:
  explicit Merger(const PairOf& pair_of) : pair_of_(pair_of) {}

  void run(std::vector<Symbol>& symbols) {
    heap_.clear();
    for (int32_t i = 0; i + 1 < static_cast<int32_t>(symbols.size()); i++) consider(symbols, i, i + 1);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Candidate candidate = heap_.back();
      heap_.pop_back();
      Symbol& left = symbols[static_cast<size_t>(candidate.left)];
      if (left.length == 0 || left.next != candidate.right) continue;
      Symbol& right = symbols[static_cast<size_t>(candidate.right)];
      if (left.length + right.length != candidate.length) continue;  // One of them has grown since.

      left.length += right.length;
      left.id = candidate.id;
      left.next = right.next;
      right.length = 0;
      if (left.next >= 0) symbols[static_cast<size_t>(left.next)].previous = candidate.left;
      if (left.previous >= 0) consider(symbols, left.previous, candidate.left);
      if (left.next >= 0) consider(symbols, candidate.left, left.next);
    }
  }

 private:
  struct Candidate {
    Rank rank;
    int32_t left;
    int32_t right;
    uint32_t length;
    int32_t id;

    // For std::push_heap, whose top is the greatest.
    bool operator<(const Candidate& other) const {
      return rank != other.rank ? other.rank < rank : other.left < left;
    }
  };

  void consider(const std::vector<Symbol>& symbols, int32_t left, int32_t right) {
    const Symbol& a = symbols[static_cast<size_t>(left)];
    const Symbol& b = symbols[static_cast<size_t>(right)];
    const auto pair = pair_of_(a, b);
    if (!pair.valid) return;
    heap_.push_back({pair.rank, left, right, a.length + b.length, pair.id});
    std::push_heap(heap_.begin(), heap_.end());
  }

  const PairOf& pair_of_;
  std::vector<Candidate> heap_;
};

// Links neighbours; every symbol stands.
inline void link(std::vector<Symbol>& symbols) {
  const auto count = static_cast<int32_t>(symbols.size());
  for (int32_t i = 0; i < count; i++) {
    symbols[static_cast<size_t>(i)].previous = i - 1;
    symbols[static_cast<size_t>(i)].next = i + 1 < count ? i + 1 : -1;
  }
}

}  // namespace tandem
