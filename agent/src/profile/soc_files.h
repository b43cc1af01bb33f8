// The files of agent/soc as they were when the program was built (written by CMake from them).
#pragma once

#include <span>
#include <string_view>

namespace tandem {

struct SocFile {
  std::string_view id;  // The file's name without .json.
  std::string_view json;
};

// Alphabetical.
[[nodiscard]] std::span<const SocFile> soc_files();

}  // namespace tandem
