#include "backends/qnn/binary_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace tandem::qnn {
namespace {

constexpr uint64_t kMagic = 0x31434e51444e4154;  // "TANDQNC1"
constexpr size_t kPage = 4096;
constexpr uint64_t kMostIds = uint64_t{1} << 20;

struct Header {
  uint64_t magic = kMagic;
  CacheKey key = {};
  uint64_t bytes = 0;
  uint64_t checksum = 0;  // Of the ids and the binary.
  uint64_t ids = 0;       // 32-bit numbers behind the header.
};

// Of the binary in the file, on a page.
size_t binary_offset(uint64_t ids) {
  return (sizeof(Header) + static_cast<size_t>(ids) * sizeof(uint32_t) + kPage - 1) / kPage * kPage;
}

uint64_t checksum(const std::byte* ids, uint64_t count, std::span<const std::byte> binary) {
  return XXH3_64bits_withSeed(binary.data(), binary.size(), XXH3_64bits(ids, count * sizeof(uint32_t)));
}

class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }
  void bytes(const void* data, size_t count) { XXH3_128bits_update(&state_, data, count); }
  void number(int64_t value) { bytes(&value, sizeof(value)); }
  void text(std::string_view text) {
    number(static_cast<int64_t>(text.size()));
    bytes(text.data(), text.size());
  }
  [[nodiscard]] CacheKey key() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return {hash.high64, hash.low64};
  }

 private:
  XXH3_state_t state_;
};

void add_rows(const Weights& weights, WeightId id, int64_t first, int64_t rows, Hasher& hasher) {
  const TensorView& view = weights.view(id);
  const size_t stride = row_bytes(view.type, static_cast<uint64_t>(view.columns));
  hasher.text(weights.name(id));
  hasher.number(static_cast<int64_t>(view.type));
  hasher.bytes(view.bytes.data() + static_cast<size_t>(first) * stride, static_cast<size_t>(rows) * stride);
}

// A file that is removed unless it was kept.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~NewFile() {
    if (memory_ != MAP_FAILED) ::munmap(memory_, bytes_);
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !kept_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Space is taken before it is mapped: a full disk is an error here and not a signal later.
  [[nodiscard]] int map(size_t bytes) {
    if (fd_ < 0) return errno;
    if (const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes)); error != 0) return error;
    bytes_ = bytes;
    memory_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    return memory_ == MAP_FAILED ? errno : 0;
  }
  [[nodiscard]] std::span<std::byte> bytes() const { return {static_cast<std::byte*>(memory_), bytes_}; }
  [[nodiscard]] bool keep_as(const std::string& path, size_t bytes) {
    if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return false;
    kept_ = std::rename(path_.c_str(), path.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  int fd_;
  void* memory_ = MAP_FAILED;
  size_t bytes_ = 0;
  bool kept_ = false;
};

Error cannot_keep(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorCode::kDiskFull : ErrorCode::kFileUnwritable,
               "The compiled NPU graphs could not be kept in " + path + " (" + std::strerror(error) +
                   "): they are compiled again next time.",
               {{"path", path}}};
}

}  // namespace

CacheKey cache_key(const Graph& graph, const Weights& weights, const SessionPlan& plan, WeightForm form,
                   const Library& library) {
  Hasher hasher;
  hasher.number(static_cast<int64_t>(kMagic));
  hasher.number(static_cast<int64_t>(form));
  hasher.text(library.provider());
  hasher.text(library.build_id());
  hasher.text(version_text(library.version()));
  hasher.number(abi::kApiMajor);
  hasher.number(abi::kApiMinor);
  for (const WeightGroup& group : plan) {
    const Op& op = graph.ops[static_cast<size_t>(group.op)];
    for (const int64_t number : {int64_t{group.op}, group.first_row, group.rows, op.k}) hasher.number(number);
    hasher.number(static_cast<int64_t>(group.tokens.size()));
    for (const int64_t tokens : group.tokens) hasher.number(tokens);
    add_rows(weights, op.weight, group.first_row, group.rows, hasher);
    hasher.number(op.bias == kNoWeight ? 0 : 1);
    if (op.bias != kNoWeight) add_rows(weights, op.bias, 0, weights.view(op.bias).rows, hasher);
  }
  return hasher.key();
}

std::string BinaryCache::path(const CacheKey& key) const {
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "%016llx%016llx", static_cast<unsigned long long>(key[0]),
                static_cast<unsigned long long>(key[1]));
  return folder_ + "/npu-" + name.data() + ".bin";
}

std::optional<CachedBinary> BinaryCache::find(const CacheKey& key) const {
  if (!enabled()) return std::nullopt;
  auto file = MappedFile::open(path(key));
  if (!file.ok()) return std::nullopt;
  const std::span<const std::byte> all = file->bytes();
  Header header;
  if (all.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, all.data(), sizeof(header));
  if (header.magic != kMagic || header.key != key || header.ids > kMostIds) return std::nullopt;
  const size_t offset = binary_offset(header.ids);
  if (all.size() < offset || all.size() - offset != header.bytes) return std::nullopt;
  const auto bytes = all.subspan(offset);
  const std::byte* stored = all.data() + sizeof(header);
  if (header.checksum != checksum(stored, header.ids, bytes)) return std::nullopt;
  std::vector<uint32_t> ids(header.ids);
  std::copy_n(stored, ids.size() * sizeof(uint32_t), reinterpret_cast<std::byte*>(ids.data()));
  return CachedBinary{std::move(file).value(), bytes, std::move(ids)};
}

Result<void> BinaryCache::keep(const CacheKey& key, std::span<const uint32_t> ids, uint64_t bytes,
                               const std::function<Result<uint64_t>(std::span<std::byte>)>& write) const {
  const std::string to = path(key);
  ::mkdir(folder_.c_str(), 0700);
  NewFile file(to + ".new" + std::to_string(::getpid()));
  const size_t offset = binary_offset(ids.size());
  if (const int error = file.map(offset + bytes); error != 0) return cannot_keep(to, error);
  const auto binary = file.bytes().subspan(offset);
  TANDEM_ASSIGN(const uint64_t written, write(binary));
  std::byte* stored = file.bytes().data() + sizeof(Header);
  std::copy_n(std::as_bytes(ids).data(), ids.size_bytes(), stored);
  const Header header = {kMagic, key, written, checksum(stored, ids.size(), binary.first(written)),
                         ids.size()};
  std::memcpy(file.bytes().data(), &header, sizeof(header));
  if (!file.keep_as(to, offset + written)) return cannot_keep(to, errno);
  return {};
}

}  // namespace tandem::qnn
