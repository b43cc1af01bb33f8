// The receiving side's files: <path>, <path>.part while it is incomplete, and <path>.blocks with its hashes.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace tandem::app {

struct Transfer {
  uint64_t size = 0;         // Bytes of the whole file.
  uint64_t block_bytes = 0;  // The last block may be shorter.
};

// What is there already.
struct Held {
  std::string state;  // "new", "partial" or "complete", as the protocol names them.
  std::vector<uint64_t> hashes;
};

// XXH64 with seed 0.
class BlockHash {
 public:
  BlockHash() { XXH64_reset(&state_, 0); }
  void update(std::span<const std::byte> data) { XXH64_update(&state_, data.data(), data.size()); }
  [[nodiscard]] uint64_t digest() const { return XXH64_digest(&state_); }

 private:
  XXH64_state_t state_;
};

// 16 hex digits.
[[nodiscard]] std::string hash_text(uint64_t hash);

// A file descriptor with an owner.
class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// The incomplete file. What was appended since the last keep() is cut off again when it closes.
class PartFile {
 public:
  PartFile(File file, std::string path, uint64_t kept, std::vector<uint64_t> hashes);
  PartFile(PartFile&&) noexcept = default;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  // Errors: disk-full, file-unwritable.
  [[nodiscard]] Result<void> append(std::span<const std::byte> data);
  // The data since the last call are a good block with this hash.
  void keep(uint64_t hash);

  [[nodiscard]] uint64_t kept() const { return kept_; }
  [[nodiscard]] const std::vector<uint64_t>& hashes() const { return hashes_; }
  [[nodiscard]] int fd() const { return file_.fd(); }

 private:
  File file_;
  std::string path_;
  uint64_t kept_;
  uint64_t written_;
  std::vector<uint64_t> hashes_;
};

class ReceiveStore {
 public:
  // Makes the folder where it is missing. Error: file-unwritable.
  [[nodiscard]] static Result<ReceiveStore> open(const std::string& path, const Transfer& transfer);

  // Error: file-unreadable.
  [[nodiscard]] Result<Held> held() const;
  [[nodiscard]] uint64_t free_bytes() const;

  // The part file with its first `from` bytes, which `held` has. Errors: busy (another receiver), disk-full
  // (nothing was written), file-unwritable.
  [[nodiscard]] Result<PartFile> begin(const Held& held, uint64_t from) const;

  // To the disk, under its name, with its hashes beside it.
  [[nodiscard]] Result<void> finish(PartFile part) const;

 private:
  ReceiveStore(std::string path, const Transfer& transfer);

  [[nodiscard]] Result<std::vector<uint64_t>> hash_blocks(const std::string& path, uint64_t bytes) const;
  [[nodiscard]] std::vector<uint64_t> read_sidecar() const;
  [[nodiscard]] Result<void> write_sidecar(const std::vector<uint64_t>& hashes) const;
  [[nodiscard]] Result<void> copy_finished(int part_fd, uint64_t bytes) const;

  std::string path_;
  std::string part_path_;
  std::string sidecar_path_;
  Transfer transfer_;
};

}  // namespace tandem::app
