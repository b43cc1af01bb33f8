#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system.h"

namespace tandem {
namespace {

Error unreadable(const std::string& path, const std::string& reason) {
  return {ErrorCode::kFileUnreadable,
          "The file " + path + " cannot be read (" + reason +
              "); check that it is a plain file that the agent may read.",
          {{"path", path}}};
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
      return Error{
          ErrorCode::kFileNotFound, "There is no file " + path + "; check the path.", {{"path", path}}};
    }
    return unreadable(path, std::strerror(reason));
  }
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return unreadable(path, "it is not a plain file");
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) {
    ::close(fd);
    return MappedFile(path, {});
  }
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int reason = errno;
  ::close(fd);
  if (address == MAP_FAILED) return unreadable(path, std::strerror(reason));
  return MappedFile(path, {static_cast<const std::byte*>(address), size});
}

MappedFile::MappedFile(std::string path, std::span<const std::byte> bytes)
    : path_(std::move(path)), bytes_(bytes) {}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::release(std::span<const std::byte> range) const {
  if (range.empty() || bytes_.empty()) return;
  const auto page = static_cast<ptrdiff_t>(page_size());
  const ptrdiff_t from = range.data() - bytes_.data();
  const ptrdiff_t first = (from + page - 1) / page * page;
  const ptrdiff_t last = (from + static_cast<ptrdiff_t>(range.size())) / page * page;
  if (from < 0 || last > static_cast<ptrdiff_t>(bytes_.size()) || first >= last) return;
  madvise(const_cast<std::byte*>(bytes_.data()) + first, static_cast<size_t>(last - first), MADV_DONTNEED);
}

}  // namespace tandem
