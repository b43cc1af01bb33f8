#include "app/receive_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace tandem::app {
namespace {

using nlohmann::json;

constexpr size_t kCopyBytes = size_t{1} << 20;
// For the sidecar and the file system's own records.
constexpr uint64_t kReserveBytes = uint64_t{1} << 20;

Error unwritable(const std::string& path, int reason) {
  if (reason == ENOSPC || reason == EDQUOT) {
    return {ErrorCode::kDiskFull,
            "The device's storage is full; free some space and push again, what arrived is kept.",
            {{"path", path}}};
  }
  return {ErrorCode::kFileUnwritable,
          "The file " + path + " cannot be written (" + std::strerror(reason) + "); choose another folder.",
          {{"path", path}}};
}

Error unreadable(const std::string& path, int reason) {
  return {ErrorCode::kFileUnreadable,
          "The file " + path + " cannot be read (" + std::strerror(reason) + "); delete it and push again.",
          {{"path", path}}};
}

std::optional<struct stat> stat_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status;
}

int64_t mtime_ns(const struct stat& status) {
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

}  // namespace

std::string hash_text(uint64_t hash) {
  std::array<char, 17> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

PartFile::PartFile(File file, std::string path, uint64_t kept, std::vector<uint64_t> hashes)
    : file_(std::move(file)),
      path_(std::move(path)),
      kept_(kept),
      written_(kept),
      hashes_(std::move(hashes)) {}

PartFile::~PartFile() {
  // Should this fail, the rest is no whole block and is not counted next time.
  if (file_.is_open() && written_ > kept_ && ftruncate(file_.fd(), static_cast<off_t>(kept_)) != 0) return;
}

Result<void> PartFile::append(std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t count = pwrite(file_.fd(), data.data(), data.size(), static_cast<off_t>(written_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unwritable(path_, errno);
    written_ += static_cast<uint64_t>(count);
    data = data.subspan(static_cast<size_t>(count));
  }
  return {};
}

void PartFile::keep(uint64_t hash) {
  kept_ = written_;
  hashes_.push_back(hash);
}

ReceiveStore::ReceiveStore(std::string path, const Transfer& transfer)
    : path_(std::move(path)),
      part_path_(path_ + ".part"),
      sidecar_path_(path_ + ".blocks"),
      transfer_(transfer) {}

Result<ReceiveStore> ReceiveStore::open(const std::string& path, const Transfer& transfer) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return unwritable(folder.string(), error.value());
  return ReceiveStore(path, transfer);
}

Result<Held> ReceiveStore::held() const {
  if (const auto finished = stat_file(path_);
      finished && static_cast<uint64_t>(finished->st_size) == transfer_.size) {
    std::vector<uint64_t> hashes = read_sidecar();
    if (hashes.empty() && transfer_.size > 0) {
      TANDEM_ASSIGN(hashes, hash_blocks(path_, transfer_.size));
      TANDEM_TRY(write_sidecar(hashes));
    }
    return Held{"complete", std::move(hashes)};
  }
  const auto part = stat_file(part_path_);
  if (!part) return Held{"new", {}};
  const uint64_t there = std::min(static_cast<uint64_t>(part->st_size), transfer_.size);
  const uint64_t whole =
      there == transfer_.size ? there : there / transfer_.block_bytes * transfer_.block_bytes;
  if (whole == 0) return Held{"new", {}};
  TANDEM_ASSIGN(std::vector<uint64_t> hashes, hash_blocks(part_path_, whole));
  return Held{"partial", std::move(hashes)};
}

uint64_t ReceiveStore::free_bytes() const {
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  struct statvfs status {};
  if (statvfs(folder.empty() ? "." : folder.c_str(), &status) != 0) return 0;
  return uint64_t{status.f_bavail} * status.f_frsize;
}

Result<PartFile> ReceiveStore::begin(const Held& held, uint64_t from) const {
  const auto part = stat_file(part_path_);
  // The part file's own tail is given back before anything is added.
  const uint64_t tail = part && static_cast<uint64_t>(part->st_size) > from && held.state != "complete"
                            ? static_cast<uint64_t>(part->st_size) - from
                            : 0;
  const uint64_t copied = held.state == "complete" ? from : 0;
  const uint64_t needed = transfer_.size - from + copied + kReserveBytes;
  const uint64_t free = free_bytes() + tail;
  if (needed > free) {
    return Error{ErrorCode::kDiskFull,
                 "The device has " + std::to_string(free >> 20) + " MiB free and the file needs " +
                     std::to_string(needed >> 20) + " MiB more; free some space and push again.",
                 {{"neededBytes", std::to_string(needed)}, {"freeBytes", std::to_string(free)}}};
  }
  File file(::open(part_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) return unwritable(part_path_, errno);
  if (flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kBusy,
                 "Another push to " + path_ + " is running on the device; try again when it has ended.",
                 {{"path", path_}}};
  }
  if (held.state == "complete" && from > 0) TANDEM_TRY(copy_finished(file.fd(), from));
  if (ftruncate(file.fd(), static_cast<off_t>(from)) != 0) return unwritable(part_path_, errno);
  const uint64_t blocks = (from + transfer_.block_bytes - 1) / transfer_.block_bytes;
  std::vector<uint64_t> hashes(held.hashes.begin(), held.hashes.begin() + static_cast<ptrdiff_t>(blocks));
  return PartFile(std::move(file), part_path_, from, std::move(hashes));
}

Result<void> ReceiveStore::finish(PartFile part) const {
  if (fsync(part.fd()) != 0) return unwritable(part_path_, errno);
  if (rename(part_path_.c_str(), path_.c_str()) != 0) return unwritable(path_, errno);
  return write_sidecar(part.hashes());
}

Result<std::vector<uint64_t>> ReceiveStore::hash_blocks(const std::string& path, uint64_t bytes) const {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return unreadable(path, errno);
  std::vector<std::byte> buffer(kCopyBytes);
  std::vector<uint64_t> hashes;
  for (uint64_t begin = 0; begin < bytes; begin += transfer_.block_bytes) {
    BlockHash hash;
    for (uint64_t left = std::min(transfer_.block_bytes, bytes - begin); left > 0;) {
      const ssize_t count =
          read(file.fd(), buffer.data(), static_cast<size_t>(std::min<uint64_t>(left, buffer.size())));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return unreadable(path, count < 0 ? errno : EIO);
      hash.update(std::span(buffer).first(static_cast<size_t>(count)));
      left -= static_cast<uint64_t>(count);
    }
    hashes.push_back(hash.digest());
  }
  return hashes;
}

// Empty where there is none, or where it belongs to another state of the file.
std::vector<uint64_t> ReceiveStore::read_sidecar() const {
  std::ifstream file(sidecar_path_);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const json sidecar = json::parse(text, nullptr, false);
  const auto finished = stat_file(path_);
  if (!sidecar.is_object() || !finished) return {};
  if (sidecar.value("size", json()) != transfer_.size ||
      sidecar.value("mtime", json()) != mtime_ns(*finished) ||
      sidecar.value("blockBytes", json()) != transfer_.block_bytes) {
    return {};
  }
  const json texts = sidecar.value("hashes", json());
  if (!texts.is_array() ||
      texts.size() != (transfer_.size + transfer_.block_bytes - 1) / transfer_.block_bytes)
    return {};
  std::vector<uint64_t> hashes;
  for (const json& hash : texts) {
    unsigned long long value = 0;
    if (!hash.is_string() || std::sscanf(hash.get_ref<const std::string&>().c_str(), "%16llx", &value) != 1)
      return {};
    hashes.push_back(value);
  }
  return hashes;
}

Result<void> ReceiveStore::write_sidecar(const std::vector<uint64_t>& hashes) const {
  const auto finished = stat_file(path_);
  if (!finished) return unwritable(path_, ENOENT);
  json sidecar{
      {"size", transfer_.size}, {"mtime", mtime_ns(*finished)}, {"blockBytes", transfer_.block_bytes}};
  sidecar["hashes"] = json::array();
  for (const uint64_t hash : hashes) sidecar["hashes"].push_back(hash_text(hash));
  const std::string temporary = sidecar_path_ + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << sidecar.dump();
  file.close();
  if (!file || rename(temporary.c_str(), sidecar_path_.c_str()) != 0) return unwritable(sidecar_path_, errno);
  return {};
}

Result<void> ReceiveStore::copy_finished(int part_fd, uint64_t bytes) const {
  const File file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return unreadable(path_, errno);
  std::vector<std::byte> buffer(kCopyBytes);
  PartFile copy(File(dup(part_fd)), part_path_, 0, {});
  for (uint64_t left = bytes; left > 0;) {
    const ssize_t count =
        read(file.fd(), buffer.data(), static_cast<size_t>(std::min<uint64_t>(left, buffer.size())));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return unreadable(path_, count < 0 ? errno : EIO);
    TANDEM_TRY(copy.append(std::span(buffer).first(static_cast<size_t>(count))));
    left -= static_cast<uint64_t>(count);
  }
  copy.keep(0);
  return {};
}

}  // namespace tandem::app
