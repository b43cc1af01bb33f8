#include "misbehave.h"

#include <cstdio>
#include <cstdlib>

namespace tandem::npu {
namespace {

std::optional<int64_t> number(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoll(text, nullptr, 10);
}

// Whether a variable holds this shape, as "KxN".
bool names(const char* name, int64_t columns, int64_t rows) {
  const char* text = std::getenv(name);
  long long k = 0, n = 0;
  return text != nullptr && std::sscanf(text, "%lldx%lld", &k, &n) == 2 && k == columns && n == rows;
}

}  // namespace

std::optional<std::pair<uint32_t, uint32_t>> reported_version() {
  const char* text = std::getenv("TANDEM_NPU_API");
  uint32_t major = 0, minor = 0;
  if (text == nullptr || std::sscanf(text, "%u.%u", &major, &minor) != 2) return std::nullopt;
  return std::pair{major, minor};
}

bool refuses(int64_t columns, int64_t rows) { return names("TANDEM_NPU_REFUSE", columns, rows); }

bool is_wrong(int64_t columns, int64_t rows) { return names("TANDEM_NPU_WRONG", columns, rows); }

std::optional<size_t> memory_limit() {
  const auto bytes = number("TANDEM_NPU_MEMORY");
  return bytes ? std::optional(static_cast<size_t>(*bytes)) : std::nullopt;
}

int64_t failing_execute() { return number("TANDEM_NPU_FAIL_AT").value_or(0); }

int64_t extra_us() { return number("TANDEM_NPU_STEP").value_or(0); }

bool takes_mixed_types() { return number("TANDEM_NPU_MIXED").value_or(1) != 0; }

std::optional<int> own_core() {
  const auto core = number("TANDEM_NPU_CORE");
  return core ? std::optional(static_cast<int>(*core)) : std::nullopt;
}

}  // namespace tandem::npu
