#include "base/system.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<int64_t> parse_int(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

int64_t read_int(const fs::path& path) { return parse_int(read_text(path)).value_or(0); }

// The value of a line such as "MemTotal:  123 kB" in a file of such lines; empty where there is none.
std::string field(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return line.substr(name.size() + 1);
    }
  }
  return {};
}

int64_t kilobytes(const std::string& text, std::string_view name) {
  return parse_int(field(text, name)).value_or(0) * 1024;
}

// The numbers of a list such as "0-3,8".
std::vector<int> parse_list(std::string_view text) {
  constexpr int64_t kMostCores = 4096;
  std::vector<int> numbers;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const size_t dash = part.find('-');
    const auto first = parse_int(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_int(part.substr(dash + 1));
    if (!first || !last || *first < 0 || *last >= kMostCores) continue;
    for (int64_t n = *first; n <= *last; n++) numbers.push_back(static_cast<int>(n));
  }
  return numbers;
}

fs::path frequency_file(const std::string& root, int core, const char* name) {
  return fs::path(root) / "sys/devices/system/cpu" / ("cpu" + std::to_string(core)) / "cpufreq" / name;
}

}  // namespace

SystemMemory System::memory() const {
  const std::string text = read_text(fs::path(root_) / "proc/meminfo");
  return {kilobytes(text, "MemTotal"), kilobytes(text, "MemAvailable")};
}

ProcessMemory System::process_memory() const {
  const std::string text = read_text(fs::path(root_) / "proc/self/status");
  return {kilobytes(text, "VmRSS"), kilobytes(text, "VmHWM")};
}

// statm: size, resident and more, in pages (proc(5)).
int64_t System::resident_memory() const {
  const std::string text = read_text(fs::path(root_) / "proc/self/statm");
  const size_t space = text.find(' ');
  if (space == std::string::npos) return 0;
  return parse_int(text.substr(space + 1)).value_or(0) * static_cast<int64_t>(page_size());
}

std::vector<CpuCore> System::cores() const {
  const std::vector<int> online = parse_list(read_text(fs::path(root_) / "sys/devices/system/cpu/online"));
  std::vector<int> allowed =
      parse_list(field(read_text(fs::path(root_) / "proc/self/status"), "Cpus_allowed_list"));
  if (allowed.empty()) allowed = online;

  std::vector<CpuCore> cores;
  int64_t fastest = 0;
  for (const int id : allowed) {
    if (!online.empty() && std::find(online.begin(), online.end(), id) == online.end()) continue;
    const int64_t max_khz = read_int(frequency_file(root_, id, "cpuinfo_max_freq"));
    cores.push_back({id, max_khz, true});
    fastest = std::max(fastest, max_khz);
  }
  for (CpuCore& core : cores) core.big = core.max_khz == 0 || core.max_khz * 10 >= fastest * 6;
  return cores;
}

std::vector<ThermalZone> System::temperatures() const {
  std::vector<ThermalZone> zones;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(root_) / "sys/class/thermal", error)) {
    if (!entry.path().filename().string().starts_with("thermal_zone")) continue;
    const auto millidegrees = parse_int(read_text(entry.path() / "temp"));
    std::string name = read_text(entry.path() / "type");
    while (!name.empty() && name.back() == '\n') name.pop_back();
    // Zones that are switched off read as 0 or as a large negative number.
    if (!millidegrees || *millidegrees <= 0) continue;
    zones.push_back(
        {name.empty() ? entry.path().filename().string() : name, static_cast<double>(*millidegrees) / 1000});
  }
  std::sort(zones.begin(), zones.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return zones;
}

std::vector<int64_t> System::clocks_khz() const {
  std::vector<int64_t> clocks;
  for (const CpuCore& core : cores())
    clocks.push_back(read_int(frequency_file(root_, core.id, "scaling_cur_freq")));
  return clocks;
}

size_t page_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace tandem
