// The provider's library: loaded at run time, its interface chosen, its version checked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/qnn/abi/interface.h"
#include "backends/qnn/options.h"
#include "base/result.h"

namespace tandem::qnn {

class Library {
 public:
  // Errors: processor-missing (no library, none named, or this build cannot load any), unsupported (another
  // version of the interface), processor-failed.
  [[nodiscard]] static Result<std::shared_ptr<const Library>> open(const QnnOptions& options);

  [[nodiscard]] const abi::Functions& functions() const { return functions_; }
  [[nodiscard]] uint32_t backend_id() const { return backend_id_; }
  [[nodiscard]] const std::string& provider() const { return provider_; }
  [[nodiscard]] const std::string& build_id() const { return build_id_; }
  [[nodiscard]] const abi::Version& version() const { return version_; }
  // Files of this library and of QNN that the process has mapped by now.
  [[nodiscard]] std::vector<std::string> files() const;
  // A symbol of the library; null where it has none.
  [[nodiscard]] void* symbol(const char* name) const;

 private:
  Library() = default;

  void* handle_ = nullptr;  // Never closed: drivers leave threads and exit handlers behind.
  abi::Functions functions_ = {};
  uint32_t backend_id_ = 0;
  std::string provider_, build_id_;
  abi::Version version_ = {};
};

// The path or name that options and environment give; empty: none.
[[nodiscard]] std::string library_name(const QnnOptions& options);

[[nodiscard]] std::string version_text(const abi::Version& version);  // "2.27.0"

}  // namespace tandem::qnn
