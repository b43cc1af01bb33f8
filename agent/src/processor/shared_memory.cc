#include "processor/shared_memory.h"

#include <sys/mman.h>

#include <string>
#include <utility>

#include "base/system.h"

namespace tandem {
namespace {

class Pages : public SharedMemory {
 public:
  explicit Pages(std::span<std::byte> bytes) : bytes_(bytes) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() override { ::munmap(bytes_.data(), bytes_.size()); }
  [[nodiscard]] std::span<std::byte> bytes() const override { return bytes_; }
  [[nodiscard]] int fd() const override { return -1; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace

Result<std::unique_ptr<SharedMemory>> allocate_pages(int64_t bytes) {
  const auto page = static_cast<int64_t>(page_size());
  const auto size = static_cast<size_t>((bytes + page - 1) / page * page);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return Error{ErrorCode::kOutOfMemory,
                 "There is no memory for " + std::to_string(bytes >> 20) +
                     " MiB of activations: close other programs or choose a smaller model.",
                 {{"bytes", std::to_string(bytes)}}};
  }
  return std::unique_ptr<SharedMemory>(new Pages({static_cast<std::byte*>(memory), size}));
}

}  // namespace tandem
