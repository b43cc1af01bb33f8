// What an operation runs on: handed to every kernel's front.
#pragma once

#include "backends/cpu/isa.h"
#include "backends/cpu/thread_pool.h"

namespace tandem::cpu {

struct Target {
  Isa isa = Isa::kScalar;  // Available on this machine.
  ThreadPool& pool;
};

}  // namespace tandem::cpu
