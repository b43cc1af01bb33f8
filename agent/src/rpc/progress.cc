#include "rpc/progress.h"

#include <chrono>
#include <utility>

#include "base/clock.h"

namespace tandem::rpc {
namespace {

constexpr int64_t kLeastGapNs = 100'000'000;
constexpr int64_t kMostGapNs = 500'000'000;

}  // namespace

Progress::Progress(Outbox& outbox, const Json& id, std::string stage, const char* unit)
    : outbox_(outbox), id_(id), stage_(std::move(stage)), unit_(unit) {
  if (id_.is_null()) return;
  send();
  thread_ = std::thread([this] { beat(); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Progress::update(std::string_view stage, int64_t done, int64_t total, const char* unit) {
  const std::lock_guard lock(mutex_);
  const bool new_stage = stage != stage_;
  if (new_stage) stage_ = stage;
  done_ = done;
  total_ = total;
  unit_ = unit;
  if (!id_.is_null() && (new_stage || boottime_ns() - sent_ns_ >= kLeastGapNs)) send();
}

void Progress::beat() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::nanoseconds(kMostGapNs / 2), [this] { return stopping_; })) {
    if (boottime_ns() - sent_ns_ >= kMostGapNs) send();
  }
}

void Progress::send() {
  sent_ns_ = boottime_ns();
  outbox_.notify(
      "progress",
      {{"requestId", id_}, {"stage", stage_}, {"done", done_}, {"total", total_}, {"unit", unit_}});
}

}  // namespace tandem::rpc
