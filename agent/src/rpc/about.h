// What this program is: version, target and build, and what it lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::rpc {

[[nodiscard]] std::string_view agent_version();  // package.json's
[[nodiscard]] std::string_view agent_target();   // linux-x64, linux-arm64, android-arm64
[[nodiscard]] std::string agent_build();         // Compiler and build type.

// Sentences a user should see, e.g. why this build is CPU-only.
[[nodiscard]] std::vector<std::string> agent_notes();

}  // namespace tandem::rpc
