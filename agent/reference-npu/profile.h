// Times of the last execution that a profile handle was given to.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "backends/qnn/abi/interface.h"
#include "backends/qnn/abi/status.h"
#include "device.h"

namespace tandem::npu {

struct Profile {
  std::mutex mutex;
  uint64_t call_us = 0, npu_us = 0;
  bool has_events = false;
  std::array<qnn::abi::EventId, 2> ids = {};  // The whole call; the NPU's part of it.

  void record(uint64_t call, uint64_t npu);
};

qnn::abi::Status profile_create(qnn::abi::Backend backend, uint32_t level, qnn::abi::Profile* profile);
qnn::abi::Status profile_get_events(qnn::abi::Profile profile, const qnn::abi::EventId** events,
                                    uint32_t* count);
qnn::abi::Status profile_get_sub_events(qnn::abi::EventId event, const qnn::abi::EventId** events,
                                        uint32_t* count);
qnn::abi::Status profile_get_event_data(qnn::abi::EventId event, qnn::abi::EventData* data);
qnn::abi::Status profile_free(qnn::abi::Profile profile);

}  // namespace tandem::npu
