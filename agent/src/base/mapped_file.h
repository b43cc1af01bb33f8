// A file mapped read-only into memory. The bytes stay valid until the object ends.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace tandem {

class MappedFile {
 public:
  // Errors: file-not-found, file-unreadable.
  [[nodiscard]] static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // Lets the system take back the memory of the whole pages inside `range`, a part of bytes(): weights that
  // were repacked are not held twice. Reading the range again is allowed and reads the file.
  void release(std::span<const std::byte> range) const;

 private:
  MappedFile(std::string path, std::span<const std::byte> bytes);

  std::string path_;
  std::span<const std::byte> bytes_;
};

}  // namespace tandem
