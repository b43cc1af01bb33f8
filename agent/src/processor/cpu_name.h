// The CPU's name as the system gives it.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

// Of the running machine, from /proc/cpuinfo.
[[nodiscard]] std::string cpu_name();

// From the text of a /proc/cpuinfo: x86's "model name", Arm's "Hardware", or Arm's implementer and part
// numbers.
[[nodiscard]] std::string cpu_name_from(std::string_view cpuinfo);

}  // namespace tandem
