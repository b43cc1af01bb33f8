#include "backends/cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace tandem::cpu {
namespace {

// Sums indices, each of which must come exactly once.
void expect_covers(ThreadPool& pool, int64_t count, int64_t grain) {
  std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
  std::atomic<bool> in_range{true};
  pool.parallel_for(count, grain, [&](int64_t begin, int64_t end, int thread) {
    if (begin >= end || end - begin > grain || thread < 0 || thread >= pool.threads()) in_range = false;
    for (int64_t i = begin; i < end; ++i)
      seen[static_cast<size_t>(i)].fetch_add(1, std::memory_order_relaxed);
  });
  EXPECT_TRUE(in_range.load());
  for (const auto& times : seen) ASSERT_EQ(times.load(), 1);
}

TEST(ThreadPool, CoversEveryIndexOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool({.threads = threads, .cores = {}});
    EXPECT_EQ(pool.threads(), threads);
    for (const int64_t count : {0, 1, 2, 7, 64, 1000}) {
      for (const int64_t grain : {1, 3, 64, 5000}) expect_covers(pool, count, grain);
    }
  }
}

TEST(ThreadPool, ManyShortLoopsSeeEachOthersWrites) {
  ThreadPool pool({.threads = 4, .cores = {}});
  std::vector<int64_t> values(64, 0);  // Plain memory: a missing barrier is a data race.
  for (int round = 0; round < 2000; ++round) {
    pool.parallel_for(64, 4, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) ++values[static_cast<size_t>(63 - i)];
    });
  }
  for (const int64_t value : values) EXPECT_EQ(value, 2000);
}

TEST(ThreadPool, WakesSleepersAndSleepingCaller) {
  ThreadPool pool({.threads = 3, .cores = {}, .spin_us = 0});  // All waiting is sleeping.
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> sum{0};
    pool.parallel_for(3, 1, [&](int64_t begin, int64_t, int thread) {
      if (thread != 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      sum += static_cast<int>(begin) + 1;
    });
    EXPECT_EQ(sum.load(), 6);
  }
}

TEST(ThreadPool, EndsWhileIdle) {
  for (int round = 0; round < 20; ++round) {
    ThreadPool pool({.threads = 4, .cores = {}});
    if (round % 2 == 0) expect_covers(pool, 100, 1);
  }
}

TEST(ThreadPool, RunsWhereTheCoresAreRefused) {
  ThreadPool pool({.threads = 2, .cores = {100000}});
  expect_covers(pool, 100, 1);
}

}  // namespace
}  // namespace tandem::cpu
