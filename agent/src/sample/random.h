// A small random generator (xoshiro256**, Blackman and Vigna 2018; seeded by SplitMix64): std's distributions
// differ between libraries, this is the same everywhere.
#pragma once

#include <array>
#include <cstdint>

namespace tandem {

class Random {
 public:
  explicit Random(uint64_t seed);

  [[nodiscard]] uint64_t next();
  // In [0, 1), 53 random bits.
  [[nodiscard]] double next_unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace tandem
