#include "processor/cpu_name.h"

#include <fstream>
#include <sstream>

namespace tandem {
namespace {

// The value of the last line `key : value`; Android lists small cores first, so the last is a big one.
std::string_view value_of(std::string_view text, std::string_view key) {
  std::string_view value;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !line.starts_with(key)) continue;
    if (line.substr(key.size(), colon - key.size()).find_first_not_of(" \t") != std::string_view::npos)
      continue;
    const size_t start = line.find_first_not_of(" \t", colon + 1);
    if (start != std::string_view::npos) value = line.substr(start);
  }
  return value;
}

}  // namespace

std::string cpu_name_from(std::string_view cpuinfo) {
  for (const std::string_view key : {"model name", "Hardware"}) {
    if (const std::string_view name = value_of(cpuinfo, key); !name.empty()) return std::string(name);
  }
  const std::string_view implementer = value_of(cpuinfo, "CPU implementer");
  const std::string_view part = value_of(cpuinfo, "CPU part");
  if (part.empty()) return "unknown CPU";
  return "Arm CPU (implementer " + std::string(implementer) + ", part " + std::string(part) + ")";
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  std::ostringstream text;
  text << file.rdbuf();
  return cpu_name_from(text.str());
}

}  // namespace tandem
