// Sanitizers make code slower tenfold: their runs of the tests take a part of the heavy grids, and say so.
#pragma once

#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

namespace tandem::testing_sanitizer {

#if defined(TANDEM_SANITIZES_ADDRESS) || defined(TANDEM_SANITIZES_THREAD)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// All cases; under a sanitizer every nth of them, from the first.
template <typename Case>
[[nodiscard]] std::vector<Case> thinned(std::vector<Case> cases, size_t every, const char* what) {
  if (!kSanitized) return cases;
  std::vector<Case> some;
  for (size_t i = 0; i < cases.size(); i += every) some.push_back(std::move(cases[i]));
  std::printf("under a sanitizer: %zu of %zu %s\n", some.size(), cases.size(), what);
  return some;
}

// How often something is repeated; under a sanitizer so many times less.
[[nodiscard]] inline int repeats(int times, int less, const char* what) {
  if (!kSanitized) return times;
  std::printf("under a sanitizer: %d of %d %s\n", times / less, times, what);
  return times / less;
}

}  // namespace tandem::testing_sanitizer
