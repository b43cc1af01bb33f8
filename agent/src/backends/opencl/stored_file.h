// Small files that can be made again: compiled kernels, tuned sizes. A damaged or foreign one counts as
// absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tandem::opencl {

// The content that write_stored() stored with this key; nothing where the file is absent, was written for
// another key, or is damaged.
[[nodiscard]] std::optional<std::string> read_stored(const std::string& path, uint64_t key);

// Replaces the file as a whole. Failure only means that the work is done again next time; it is logged.
void write_stored(const std::string& path, uint64_t key, const std::string& content);

[[nodiscard]] uint64_t hash_of(const std::string& text);

}  // namespace tandem::opencl
