// Sanitizers make code slower tenfold, an emulator makes threads that wait for each other slower still: their
// runs of the tests take a part of the heavy grids, and say so.
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
#if defined(TANDEM_EMULATED)
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif
inline constexpr bool kSlow = kSanitized || kEmulated;
inline constexpr const char* kWhere = kEmulated ? "an emulator" : "a sanitizer";

// All cases; where it is slow every nth of them, from the first.
template <typename Case>
[[nodiscard]] std::vector<Case> thinned(std::vector<Case> cases, size_t every, const char* what) {
  if (!kSlow) return cases;
  std::vector<Case> some;
  for (size_t i = 0; i < cases.size(); i += every) some.push_back(std::move(cases[i]));
  std::printf("under %s: %zu of %zu %s\n", kWhere, some.size(), cases.size(), what);
  return some;
}

// How often something is repeated; where it is slow so many times less.
[[nodiscard]] inline int repeats(int times, int less, const char* what) {
  if (!kSlow) return times;
  std::printf("under %s: %d of %d %s\n", kWhere, times / less, times, what);
  return times / less;
}

}  // namespace tandem::testing_sanitizer
