// What this machine can do at most, measured when it is first asked for: the figures that kernels are held
// against.
#pragma once

namespace tandem::bench {

struct Peaks {
  double int8_macs = 0;   // multiply-adds per second of int8 with 512-bit VNNI; 0 where the CPU has none
  double bf16_macs = 0;   // likewise of bf16
  double fp32_macs = 0;   // likewise of fp32 with 512-bit FMA
  double read_bytes = 0;  // bytes per second, read from memory that no cache holds
};

// With `threads` threads at once; the best of several short runs.
[[nodiscard]] const Peaks& peaks(int threads);

}  // namespace tandem::bench
