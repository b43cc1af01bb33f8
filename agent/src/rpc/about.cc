#include "rpc/about.h"

namespace tandem::rpc {
namespace {

constexpr bool kStatic =
#ifdef TANDEM_STATIC_BUILD
    true;
#else
    false;
#endif

}  // namespace

std::string_view agent_version() { return TANDEM_VERSION; }

std::string_view agent_target() {
#if defined(__ANDROID__)
  return "android-arm64";
#elif defined(__aarch64__)
  return "linux-arm64";
#else
  return "linux-x64";
#endif
}

std::string agent_build() {
#if defined(__clang__)
  const std::string compiler =
      "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__);
#else
  const std::string compiler = "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__);
#endif
  return compiler + ", " + TANDEM_BUILD_TYPE + (kStatic ? ", static" : "");
}

std::vector<std::string> agent_notes() {
  if (!kStatic) return {};
  return {
      "This is the static Linux build of the agent: it uses the CPU only, because a static executable cannot "
      "load "
      "Android's OpenCL and QNN libraries."};
}

}  // namespace tandem::rpc
