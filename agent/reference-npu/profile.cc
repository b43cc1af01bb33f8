#include "profile.h"

#include <memory>

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

// An event's id is its profile's handle, a multiple of 16, and its place in it.
std::shared_ptr<npu::Profile> owner(EventId event) {
  auto found = registry<npu::Profile>().find(reinterpret_cast<void*>(event & ~EventId{15}));
  return found && (event & 15) < found->ids.size() ? found : nullptr;
}

}  // namespace

void npu::Profile::record(uint64_t call, uint64_t npu) {
  const std::lock_guard lock(mutex);
  call_us = call;
  npu_us = npu;
  has_events = true;
}

Status profile_create(qnn::abi::Backend backend, uint32_t level, qnn::abi::Profile* profile) {
  if (profile == nullptr || level == 0) return kInvalidArgument;
  if (!registry<npu::Backend>().find(backend)) return kBackendInvalidHandle;
  const auto made = std::make_shared<npu::Profile>();
  *profile = registry<npu::Profile>().add(made);
  made->ids = {reinterpret_cast<EventId>(*profile), reinterpret_cast<EventId>(*profile) + 1};
  return kSuccess;
}

Status profile_get_events(qnn::abi::Profile profile, const EventId** events, uint32_t* count) {
  if (events == nullptr || count == nullptr) return kInvalidArgument;
  const auto found = registry<npu::Profile>().find(profile);
  if (!found) return kProfileInvalidHandle;
  const std::lock_guard lock(found->mutex);
  *events = found->ids.data();
  *count = found->has_events ? 1 : 0;
  return kSuccess;
}

Status profile_get_sub_events(EventId event, const EventId** events, uint32_t* count) {
  if (events == nullptr || count == nullptr) return kInvalidArgument;
  const auto found = owner(event);
  if (!found) return kProfileInvalidHandle;
  *events = found->ids.data() + 1;
  *count = (event & 15) == 0 ? 1 : 0;
  return kSuccess;
}

Status profile_get_event_data(EventId event, EventData* data) {
  if (data == nullptr) return kInvalidArgument;
  const auto found = owner(event);
  if (!found) return kProfileInvalidHandle;
  const std::lock_guard lock(found->mutex);
  const bool whole = (event & 15) == 0;
  *data = {whole ? kEventExecute : kEventHtpAccelTime, kUnitMicroseconds,
           whole ? found->call_us : found->npu_us, whole ? "execute" : "accelerator"};
  return kSuccess;
}

Status profile_free(qnn::abi::Profile profile) {
  return registry<npu::Profile>().remove(profile) ? kSuccess : kProfileInvalidHandle;
}

}  // namespace tandem::npu
