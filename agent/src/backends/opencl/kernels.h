// Compiles the kernels for a device and keeps them: in memory, and as the driver's binaries in the cache
// folder, keyed by device, driver, source and options.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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

// How a GEMV is written: work-groups, and what it uses of the device.
struct GemvForm {
  int items = 1;           // Of a work-group, that share the columns of a panel.
  bool subgroups = false;  // Their sums meet in sub-groups instead of local memory.
  bool dot = false;        // The token is rounded to 8 bits, for integer dot products.

  friend bool operator==(const GemvForm&, const GemvForm&) = default;
};

// What is tuned for a device (tuning.h).
struct MatmulSizes {
  GemvForm gemv;
  int panels_per_item = 1;  // Of a GEMM.
  int gemm_group = 1;       // Items of a GEMM's work-group.
  bool subgroups = false;   // Norms and attention reduce in sub-groups.

  friend bool operator==(const MatmulSizes&, const MatmulSizes&) = default;
};

// `subgroups`: norms and attention reduce in sub-groups.
[[nodiscard]] KernelSource elementwise_source(const Device& device, bool subgroups);
// `dot` is for formats with codes; others have no such kernel.
[[nodiscard]] KernelSource matmul_source(const Device& device, const Format& format, const GemvForm& form);
[[nodiscard]] KernelSource attention_source(const Device& device, int64_t head_dim, int64_t group,
                                            bool subgroups);
// 32-bit words of a block of 32 columns of a token in 8-bit codes (kernels/quantize.cl).
inline constexpr int64_t kTokenBlockWords = 12;
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
  // Set once the device is tuned.
  [[nodiscard]] const std::optional<MatmulSizes>& tuned() const { return tuned_; }
  void use(const MatmulSizes& sizes) { tuned_ = sizes; }

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
  std::optional<MatmulSizes> tuned_;
};

}  // namespace tandem::opencl
