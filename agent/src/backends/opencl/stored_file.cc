#include "backends/opencl/stored_file.h"

#include <unistd.h>
#include <xxhash.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/log.h"

namespace tandem::opencl {
namespace {

struct Header {
  char magic[8] = {'T', 'N', 'D', 'M', 'C', 'L', '0', '1'};
  uint64_t key = 0;
  uint64_t bytes = 0;
  uint64_t hash = 0;  // Of the content.
};
static_assert(sizeof(Header) == 32);

}  // namespace

uint64_t hash_of(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

std::optional<std::string> read_stored(const std::string& path, uint64_t key) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);  // An error for what is no file.
  if (error) return std::nullopt;
  std::string bytes(static_cast<size_t>(size), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return std::nullopt;
  Header header;
  if (bytes.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::string content = bytes.substr(sizeof(header));
  const bool ours = std::memcmp(header.magic, Header{}.magic, sizeof(header.magic)) == 0;
  if (!ours || header.key != key || header.bytes != content.size() || header.hash != hash_of(content))
    return std::nullopt;
  return content;
}

void write_stored(const std::string& path, uint64_t key, const std::string& content) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  Header header;
  header.key = key;
  header.bytes = content.size();
  header.hash = hash_of(content);
  // Written beside it and renamed: another process never sees half a file.
  const std::string beside = path + "." + std::to_string(::getpid());
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(&header), sizeof(header));
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (file && std::rename(beside.c_str(), path.c_str()) == 0) return;
  std::remove(beside.c_str());
  log(LogLevel::kWarning, "The GPU's cache file " + path + " cannot be written; it is made again next time.");
}

}  // namespace tandem::opencl
