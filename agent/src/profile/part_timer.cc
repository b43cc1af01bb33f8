#include "profile/part_timer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

// What is timed lasts about this long, so that what one submission costs is small beside it.
constexpr double kLongEnoughUs = 3000;
constexpr int64_t kMostRepeats = 256;

double us_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

}  // namespace

Timing summarize(std::vector<double> times) {
  std::ranges::sort(times);
  const size_t count = times.size();
  const double median = count % 2 == 1 ? times[count / 2] : (times[count / 2 - 1] + times[count / 2]) / 2;
  const double us = std::max(median, kLeastUs);
  return {us, (times[(3 * count) / 4 < count ? (3 * count) / 4 : count - 1] - times[count / 4]) / 2 / us,
          static_cast<int64_t>(count)};
}

double part_us(double batch_us, double single_us, int64_t repeats) {
  if (batch_us > single_us) return (batch_us - single_us) / static_cast<double>(repeats);
  return batch_us / static_cast<double>(repeats + 1);
}

Result<void> PartTimer::submit(const Part& part, const StepShape& shape, int64_t count) {
  parts_.assign(static_cast<size_t>(count), part);
  tokens_.assign(static_cast<size_t>(shape.tokens), 0);
  step_ = {.shape = shape, .tokens = tokens_, .cancel = cancel_, .trace = nullptr};
  return program_.submit({.parts = parts_, .number = ++number_, .signals = true}, step_);
}

Result<void> PartTimer::finish() {
  TANDEM_TRY(program_.finish(number_));
  return program_.collect(step_);
}

Result<double> PartTimer::run_us(const Part& part, const StepShape& shape, int64_t count) {
  const auto begin = Clock::now();
  TANDEM_TRY(submit(part, shape, count));
  TANDEM_TRY(program_.finish(number_));
  const double us = us_since(begin);
  TANDEM_TRY(program_.collect(step_));
  return us;
}

Result<double> PartTimer::polled_us(const Part& part, const StepShape& shape) {
  const auto begin = Clock::now();
  TANDEM_TRY(submit(part, shape, 1));
  // A processor that has failed may never signal: then finish() says so.
  while (program_.completed() < number_ && us_since(begin) < 1e6) {
  }
  const double us = us_since(begin);
  TANDEM_TRY(finish());
  return us;
}

Result<double> PartTimer::submit_us(const Part& part, const StepShape& shape, int64_t count) {
  const auto begin = Clock::now();
  TANDEM_TRY(submit(part, shape, count));
  const double us = us_since(begin);
  TANDEM_TRY(finish());
  return us / static_cast<double>(count);
}

Result<Timing> PartTimer::time(const Part& part, const StepShape& shape, int64_t repetitions) {
  TANDEM_TRY(run_us(part, shape, 1));  // Warm-up.
  TANDEM_ASSIGN(const double once, run_us(part, shape, 1));
  const auto repeats =
      std::clamp<int64_t>(std::llround(kLongEnoughUs / std::max(once, 1.0)), 1, kMostRepeats);
  std::vector<double> single, many;
  for (int64_t i = 0; i < repetitions; ++i) {
    TANDEM_ASSIGN(const double one, run_us(part, shape, 1));
    single.push_back(one);
    if (repeats == 1) continue;
    TANDEM_ASSIGN(const double all, run_us(part, shape, repeats + 1));
    many.push_back(all);
  }
  Timing timing = summarize(single);
  if (repeats == 1) return timing;
  const double least = std::ranges::min(single);
  for (double& us : many) us = part_us(us, least, repeats);
  return summarize(std::move(many));
}

}  // namespace tandem
