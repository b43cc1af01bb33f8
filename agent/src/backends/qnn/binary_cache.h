// Context binaries kept on the device, so that a plan compiles once. A file's name is a hash of everything
// that its content depends on: the bytes of the weights themselves (not a file's date, so a binary is never
// stale), the shapes, the provider's build and the version of the interface.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/qnn/device.h"
#include "backends/qnn/session_plan.h"
#include "base/mapped_file.h"
#include "base/result.h"

namespace tandem::qnn {

using CacheKey = std::array<uint64_t, 2>;

// Reads every byte of the weights in question once.
[[nodiscard]] CacheKey cache_key(const Graph& graph, const Weights& weights, const SessionPlan& plan,
                                 WeightForm form, const Library& library);

// A binary, mapped; its bytes are checked against the checksum that was stored with them.
struct CachedBinary {
  MappedFile file;
  std::span<const std::byte> bytes;
  std::vector<uint32_t> ids;  // That the provider gave the tensors when the graphs were made.
};

class BinaryCache {
 public:
  // An empty folder: nothing is found and nothing kept.
  explicit BinaryCache(std::string folder) : folder_(std::move(folder)) {}

  // Nothing where there is none, or a damaged one.
  [[nodiscard]] std::optional<CachedBinary> find(const CacheKey& key) const;
  // Keeps what `write` puts into a buffer of `bytes`; it gives how much it wrote. Never half a file. Errors:
  // disk-full, file-unwritable, those of `write`.
  [[nodiscard]] Result<void> keep(const CacheKey& key, std::span<const uint32_t> ids, uint64_t bytes,
                                  const std::function<Result<uint64_t>(std::span<std::byte>)>& write) const;
  [[nodiscard]] bool enabled() const { return !folder_.empty(); }
  [[nodiscard]] std::string path(const CacheKey& key) const;

 private:
  std::string folder_;
};

}  // namespace tandem::qnn
