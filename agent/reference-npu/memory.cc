#include "memory.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "backends/qnn/abi/htp.h"
#include "graph.h"

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

Status make_range(const std::shared_ptr<npu::Context>& context, const MemoryDescriptor& descriptor,
                  RegisteredRange& range) {
  if (descriptor.data_type != DataType::kFloat32) return kMemoryInvalidArgument;
  if (descriptor.shape.rank == 0 || descriptor.shape.dimensions == nullptr) return kMemoryInvalidShape;
  range.bytes = sizeof(float);
  for (uint32_t i = 0; i < descriptor.shape.rank; ++i) range.bytes *= descriptor.shape.dimensions[i];
  int fd = -1;
  size_t buffer_bytes = range.bytes;
  if (descriptor.type == RegisteredMemory::kIon) {
    fd = descriptor.ion_fd;
  } else if (descriptor.type == RegisteredMemory::kCustom) {
    const auto* custom = static_cast<const HtpMemory*>(descriptor.custom);
    if (custom == nullptr) return kMemoryInvalidArgument;
    if (custom->type != kHtpSharedBuffer) return kMemoryUnsupportedType;
    fd = custom->fd;
    buffer_bytes = custom->bytes;
    range.offset = custom->offset;
  } else {
    return kMemoryUnsupportedType;
  }
  if (range.bytes == 0 || range.offset % sizeof(float) != 0 || range.offset > buffer_bytes ||
      range.bytes > buffer_bytes - range.offset)
    return kMemoryInvalidShape;
  range.context = context;
  range.mapping = context->mappings.map(fd, buffer_bytes);
  return range.mapping ? kSuccess : kMemoryMapping;
}

}  // namespace

Mapping::~Mapping() { ::munmap(memory, bytes); }

std::shared_ptr<Mapping> Mappings::map(int fd, size_t bytes) {
  struct stat about = {};
  if (fd < 0 || ::fstat(fd, &about) != 0 || static_cast<size_t>(about.st_size) < bytes) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& known = mappings_[{about.st_dev, about.st_ino}];
  if (auto mapping = known.lock(); mapping && mapping->bytes >= bytes) return mapping;
  const auto all = static_cast<size_t>(about.st_size);
  void* memory = ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto mapping = std::make_shared<Mapping>();
  mapping->memory = static_cast<std::byte*>(memory);
  mapping->bytes = all;
  known = mapping;
  return mapping;
}

Status mem_register(qnn::abi::Context context, const MemoryDescriptor* descriptors, uint32_t count,
                    MemoryHandle* handles) {
  const auto found = registry<npu::Context>().find(context);
  if (!found) return kContextInvalidHandle;
  if (descriptors == nullptr || count == 0 || handles == nullptr) return kMemoryInvalidArgument;
  std::vector<std::shared_ptr<RegisteredRange>> ranges;
  for (uint32_t i = 0; i < count; ++i) {
    auto range = std::make_shared<RegisteredRange>();
    if (const Status status = make_range(found, descriptors[i], *range); status != kSuccess) return status;
    ranges.push_back(std::move(range));
  }
  for (uint32_t i = 0; i < count; ++i) handles[i] = registry<RegisteredRange>().add(std::move(ranges[i]));
  return kSuccess;
}

Status mem_deregister(const MemoryHandle* handles, uint32_t count) {
  if (handles == nullptr || count == 0) return kMemoryInvalidArgument;
  Status status = kSuccess;
  for (uint32_t i = 0; i < count; ++i) {
    if (!registry<RegisteredRange>().remove(handles[i])) status = kMemoryInvalidHandle;
  }
  return status;
}

}  // namespace tandem::npu
