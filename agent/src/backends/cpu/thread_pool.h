// A persistent pool for loops of microseconds. Work is handed out in chunks from one counter, and the caller
// works too, so a thread that the system took off its core delays only the chunk it holds. Waiting spins
// briefly, then sleeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace tandem::cpu {

class ThreadPool {
 public:
  struct Options {
    int threads = 1;  // Including the caller; below 1 counts as 1.
    std::vector<int>
        cores;         // Workers may run on these only; empty: anywhere. Give it where cores differ in speed.
    int spin_us = 50;  // How long a thread polls before it sleeps.
  };

  // Where the system refuses a thread or the cores, the pool runs with what it got: see threads().
  explicit ThreadPool(const Options& options);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const;

  // Calls fn(begin, end, thread) for disjoint ranges that cover [0, count), each at most `grain` long; thread
  // is in [0, threads()), 0 being the caller. Returns when all is done. fn must not throw and must not call
  // the pool. One caller at a time. Writes made by fn are visible to the caller afterwards.
  template <typename Fn>
  void parallel_for(int64_t count, int64_t grain, Fn&& fn) {
    using Function = std::remove_reference_t<Fn>;
    run(
        count, grain,
        [](void* context, int64_t begin, int64_t end, int thread) {
          (*static_cast<Function*>(context))(begin, end, thread);
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(fn))));
  }

 private:
  using Body = void (*)(void* context, int64_t begin, int64_t end, int thread);
  void run(int64_t count, int64_t grain, Body body, void* context);

  struct State;
  std::unique_ptr<State> state_;
};

// Restricts the calling thread to these cores. False where the system refuses.
bool keep_current_thread_on(const std::vector<int>& cores);

}  // namespace tandem::cpu
