// Looking again and again whether another thread or processor is done, without taking the core that it needs.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace tandem {

class Poll {
 public:
  // Between two looks: keeps the core for the first microseconds, then yields it.
  void pause();
  // Since the object was made, as of the last pause().
  [[nodiscard]] int64_t polled_ns() const { return now_ - began_; }

 private:
  int64_t began_ = boottime_ns();
  int64_t now_ = began_;
};

}  // namespace tandem
