#include "backends/qnn/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>

#include "backends/qnn/status.h"

namespace tandem::qnn {
#if !defined(TANDEM_STATIC)
namespace {

// Hexagon's loader looks for the NPU's own half of the library in this folder.
void name_skel_folder(const std::string& library) {
#if defined(__ANDROID__)
  const auto folder = std::filesystem::path(library).parent_path().string();
  if (!folder.empty()) ::setenv("ADSP_LIBRARY_PATH", folder.c_str(), 0);
#else
  (void)library;
#endif
}

Error missing(const std::string& name, const std::string& why) {
  return Error{ErrorCode::kProcessorMissing,
               "The NPU's library " + name + " could not be loaded (" + why +
                   "): copy the QNN files for this chip beside the agent.",
               {{"library", name}}};
}

// The newest provider that speaks our major version, if its minor is new enough.
Result<const abi::Provider*> choose(std::span<const abi::Provider* const> providers,
                                    const std::string& name) {
  const abi::Provider* best = nullptr;
  const abi::Provider* other = nullptr;
  for (const abi::Provider* provider : providers) {
    if (provider == nullptr) continue;
    other = provider;
    const abi::Version& core = provider->version.core;
    if (core.major != abi::kApiMajor || core.minor < abi::kApiMinor) continue;
    if (best == nullptr || core.minor > best->version.core.minor) best = provider;
  }
  if (best != nullptr) return best;
  if (other == nullptr)
    return Error{ErrorCode::kProcessorFailed,
                 "The library " + name + " offers no QNN interface: take the QNN files for this chip.",
                 {{"library", name}}};
  const std::string found = version_text(other->version.core);
  return Error{ErrorCode::kUnsupported,
               "The library " + name + " speaks QNN " + found + " and Tandem needs " +
                   std::to_string(abi::kApiMajor) + "." + std::to_string(abi::kApiMinor) +
                   " or a later 2.x: take QNN files of SDK 2.36 or later.",
               {{"library", name}, {"version", found}}};
}

// Whether every function that Tandem calls is there.
bool complete(const abi::Functions& table) {
  return table.backend_create != nullptr && table.backend_free != nullptr &&
         table.context_create != nullptr && table.context_free != nullptr &&
         table.context_get_binary_size != nullptr && table.context_get_binary != nullptr &&
         table.context_create_from_binary != nullptr && table.graph_create != nullptr &&
         table.graph_add_node != nullptr && table.graph_finalize != nullptr &&
         table.graph_retrieve != nullptr && table.graph_execute != nullptr &&
         table.tensor_create_graph_tensor != nullptr;
}

}  // namespace
#endif

std::string version_text(const abi::Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

std::string library_name(const QnnOptions& options) {
  if (!options.library.empty()) return options.library;
  if (const char* named = std::getenv("TANDEM_QNN_LIBRARY"); named != nullptr && *named != '\0') return named;
#if defined(__ANDROID__)
  return "libQnnHtp.so";
#else
  return {};
#endif
}

Result<std::shared_ptr<const Library>> Library::open(const QnnOptions& options) {
#if defined(TANDEM_STATIC)
  (void)options;
  return Error{ErrorCode::kProcessorMissing,
               "This agent is linked statically and cannot load an NPU's library: take the Android build.",
               {}};
#else
  const std::string name = library_name(options);
  if (name.empty())
    return Error{ErrorCode::kProcessorMissing,
                 "No NPU library is named: set TANDEM_QNN_LIBRARY to one that speaks the QNN interface.",
                 {}};
  name_skel_folder(name);
  std::shared_ptr<Library> library(new Library);
  library->handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library->handle_ == nullptr) {
    const char* why = ::dlerror();
    return missing(name, why == nullptr ? "no reason given" : why);
  }
  const auto get = reinterpret_cast<abi::GetProviders>(::dlsym(library->handle_, abi::kGetProviders));
  if (get == nullptr) return missing(name, std::string("it has no ") + abi::kGetProviders);
  const abi::Provider** providers = nullptr;
  uint32_t count = 0;
  if (const abi::Status status = get(&providers, &count); status != abi::kSuccess || providers == nullptr)
    return status_error("The library " + name + " gave no QNN interface", status,
                        "take the QNN files for this chip", {{"library", name}});
  TANDEM_ASSIGN(const abi::Provider* provider, choose(std::span(providers, count), name));
  if (!complete(provider->functions))
    return Error{
        ErrorCode::kProcessorFailed,
        "The library " + name + " lacks functions of the QNN interface: take the QNN files for this chip.",
        {{"library", name}}};
  library->functions_ = provider->functions;
  library->backend_id_ = provider->backend_id;
  library->provider_ = provider->name == nullptr ? "" : provider->name;
  library->version_ = provider->version.core;
  const char* build = nullptr;
  if (provider->functions.backend_get_build_id != nullptr &&
      provider->functions.backend_get_build_id(&build) == abi::kSuccess && build != nullptr)
    library->build_id_ = build;
  return std::shared_ptr<const Library>(std::move(library));
#endif
}

void* Library::symbol(const char* name) const { return ::dlsym(handle_, name); }

std::vector<std::string> Library::files() const {
  std::vector<std::string> files;
  Dl_info info = {};
  if (::dladdr(::dlsym(handle_, abi::kGetProviders), &info) != 0 && info.dli_fname != nullptr)
    files.emplace_back(info.dli_fname);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path == std::string::npos || line.find("libQnn", path) == std::string::npos) continue;
    files.push_back(line.substr(path));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace tandem::qnn
