// Compiles the kernels for a device and keeps them: in memory, and as the driver's binaries in the cache
// folder, keyed by device, driver, source and options.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "backends/opencl/device.h"
#include "backends/opencl/format.h"

namespace tandem::opencl {

// One program for the compiler.
struct KernelSource {
  std::string name;  // For messages.
  std::string text;
  std::string options;
};

// Numbers of tokens that a tile of the matmul and rows that one of the attention can have.
inline constexpr int kTiles[] = {4, 8, 16};

[[nodiscard]] KernelSource elementwise_source(const Device& device);
[[nodiscard]] KernelSource matmul_source(const Device& device, const Format& format, int gemv_items);
[[nodiscard]] KernelSource attention_source(const Device& device, int64_t head_dim, int64_t group);
// Columns that one item of an element-wise kernel works through.
[[nodiscard]] int window_columns(const Device& device);
// Items of a work-group of the norm and of the attention.
[[nodiscard]] int norm_items(const Device& device);
[[nodiscard]] int attention_items(const Device& device);

class Kernels {
 public:
  explicit Kernels(const Device& device) : device_(device) {}

  // A kernel of the caller's own: its arguments are state. Error: processor-failed with the compiler's first
  // complaint.
  [[nodiscard]] Result<Kernel> get(const KernelSource& source, const std::string& kernel);

  struct Counts {
    int64_t compiled = 0;
    int64_t from_cache = 0;
  };
  [[nodiscard]] Counts counts() const { return counts_; }
  // Of device, driver and this text.
  [[nodiscard]] uint64_t key(const std::string& text) const;

 private:
  [[nodiscard]] Result<cl_program> program(const KernelSource& source);
  [[nodiscard]] Result<ClProgram> compile(const KernelSource& source, uint64_t key);
  [[nodiscard]] ClProgram from_file(const KernelSource& source, uint64_t key);
  [[nodiscard]] std::string path(uint64_t key) const;
  void store(cl_program program, uint64_t key);

  const Device& device_;
  std::map<uint64_t, ClProgram> programs_;
  Counts counts_;
};

}  // namespace tandem::opencl
