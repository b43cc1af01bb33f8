// Times one part of an op on a real processor, through the Program interface.
#pragma once

#include <functional>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "processor/processor.h"
#include "profile/profile.h"

namespace tandem {

// No part is faster than this, in us: a cost of zero would make a processor free.
inline constexpr double kLeastUs = 0.01;

// A program, and the steps that are run on it. The program outlives it.
class PartTimer {
 public:
  PartTimer(Program& program, CancelToken cancel) : program_(program), cancel_(std::move(cancel)) {}

  // From submit() to the end of finish(), of `count` times the part in one batch, in us.
  [[nodiscard]] Result<double> run_us(const Part& part, const StepShape& shape, int64_t count);
  // From submit() until completed() says so, as a joining processor polls it.
  [[nodiscard]] Result<double> polled_us(const Part& part, const StepShape& shape);
  // submit() alone, of `count` parts, for each of them. What runs then is finished before it returns.
  [[nodiscard]] Result<double> submit_us(const Part& part, const StepShape& shape, int64_t count);

  // One part in a full queue: without submission and join. Warm-up, then the median of `repetitions`.
  [[nodiscard]] Result<Timing> time(const Part& part, const StepShape& shape, int64_t repetitions);

  // Of the last batch that ran.
  [[nodiscard]] uint64_t number() const { return number_; }

 private:
  [[nodiscard]] Result<void> submit(const Part& part, const StepShape& shape, int64_t count);
  [[nodiscard]] Result<void> finish();

  Program& program_;
  CancelToken cancel_;
  uint64_t number_ = 0;
  // What a batch needs until it is complete.
  std::vector<Part> parts_;
  std::vector<int32_t> tokens_;
  Step step_;
};

// One part's time in us, from a batch of `repeats` + 1 of it and from the least batch of one: their
// difference holds neither submission nor join. A batch of one that was disturbed may last longer than all
// the others together: then it is the batch's share, which is too long rather than nothing.
[[nodiscard]] double part_us(double batch_us, double single_us, int64_t repeats);

// Median and spread of some times; `times` is not empty.
[[nodiscard]] Timing summarize(std::vector<double> times);

}  // namespace tandem
