// What the running system says of itself, read from /proc and /sys. Values that it does not tell are 0 or
// empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

struct SystemMemory {
  int64_t total = 0;      // bytes
  int64_t available = 0;  // bytes that can be had without swapping
};

struct ProcessMemory {
  int64_t resident = 0;  // bytes
  int64_t peak = 0;      // bytes, the most since the process began
};

struct CpuCore {
  int id = 0;
  int64_t max_khz = 0;  // 0 where the system does not say.
  bool big = true;      // At least 60 % of the fastest core's clock; true where clocks are unknown.
};

struct ThermalZone {
  std::string name;
  double celsius = 0;
};

class System {
 public:
  // `root` is the folder that holds proc and sys.
  explicit System(std::string root = "/") : root_(std::move(root)) {}

  [[nodiscard]] SystemMemory memory() const;
  [[nodiscard]] ProcessMemory process_memory() const;
  // Of this process in bytes, as process_memory() has it but cheaper to read.
  [[nodiscard]] int64_t resident_memory() const;
  // The cores that this process may run on, by id.
  [[nodiscard]] std::vector<CpuCore> cores() const;
  [[nodiscard]] std::vector<ThermalZone> temperatures() const;
  // Current clock of each of cores(), in kHz.
  [[nodiscard]] std::vector<int64_t> clocks_khz() const;

 private:
  std::string root_;
};

[[nodiscard]] size_t page_size();

}  // namespace tandem
