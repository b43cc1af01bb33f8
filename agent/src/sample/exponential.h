// e^x from IEEE additions and multiplications only: math libraries differ in the last bits, and a sampled
// token must not.
#pragma once

namespace tandem {

// x <= 0; error below 1e-15 relative; 0 for x < -700 and for minus infinity.
[[nodiscard]] double exponential(double x);

}  // namespace tandem
