#include "base/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <string>

#include "base/clock.h"

namespace tandem {
namespace {

constexpr std::array<const char*, 4> kNames{"debug", "info", "warning", "error"};
std::atomic<LogLevel> minimum_level{LogLevel::kInfo};

}  // namespace

void log(LogLevel level, std::string_view message) {
  if (level < minimum_level.load(std::memory_order_relaxed)) return;
  std::array<char, 48> stamp;
  const int stamp_length =
      std::snprintf(stamp.data(), stamp.size(), "%.3f %s ", static_cast<double>(boottime_ns()) / 1e9,
                    kNames[static_cast<size_t>(level)]);
  std::string line(stamp.data(), static_cast<size_t>(stamp_length));
  line.append(message).push_back('\n');
  // One write call, so that lines of several threads stay whole. There is nobody to tell when it fails.
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

void set_log_level(LogLevel level) { minimum_level.store(level, std::memory_order_relaxed); }

}  // namespace tandem
