// What is particular to Qualcomm's HTP (and to the reference NPU, which takes the same): sub-ranges of shared
// memory, arithmetic in fp16, and how fast the clocks run.
#pragma once

#include "backends/qnn/abi/interface.h"

namespace tandem::qnn::abi {

// A range of one rpcmem buffer, for MemoryDescriptor::custom.
struct HtpMemory {
  uint32_t type;   // kHtpSharedBuffer
  uint64_t bytes;  // Of the whole buffer.
  int32_t fd;
  uint64_t offset;
};
inline constexpr uint32_t kHtpSharedBuffer = 1;

// The provider's own has pointers among its values, so that all of them are aligned as pointers are.
struct HtpGraphConfig {
  uint32_t option;            // kHtpGraphPrecision
  alignas(8) uint32_t value;  // kHtpFloat16
  uint64_t reserved[5];
};
inline constexpr uint32_t kHtpGraphPrecision = 2;
inline constexpr uint32_t kHtpFloat16 = 1;

// Dynamic clock and voltage settings, version 3.
struct HtpClocks {
  uint32_t context;
  uint32_t set_enable, enable;
  uint32_t power_mode;
  uint32_t set_sleep_latency, sleep_latency_us;
  uint32_t set_sleep_disable, sleep_disable;
  uint32_t set_bus, bus_min, bus_target, bus_max;
  uint32_t set_core, core_min, core_target, core_max;
};
inline constexpr uint32_t kHtpPerformanceMode = 0x10;
inline constexpr uint32_t kHtpVoltageMax = 0xa0;

struct HtpPowerConfig {
  uint32_t option;
  union {
    HtpClocks clocks;         // kHtpPowerClocks
    uint32_t rpc_latency_us;  // kHtpPowerRpcLatency
    uint32_t rpc_polling_us;  // kHtpPowerRpcPolling
  };
};
inline constexpr uint32_t kHtpPowerClocks = 1;
inline constexpr uint32_t kHtpPowerRpcLatency = 2;
inline constexpr uint32_t kHtpPowerRpcPolling = 3;

struct HtpInfrastructure {
  uint32_t type;  // 0: the functions below.
  Status (*create_power_config)(uint32_t device, uint32_t core, uint32_t* id);
  Status (*destroy_power_config)(uint32_t id);
  Status (*set_power_config)(uint32_t id, const HtpPowerConfig** configs);
  Unused set_memory_config;
};

static_assert(sizeof(HtpGraphConfig) == 56 && offsetof(HtpGraphConfig, value) == 8);
static_assert(sizeof(HtpMemory) == 32 && offsetof(HtpMemory, fd) == 16);
static_assert(sizeof(HtpClocks) == 64 && sizeof(HtpPowerConfig) == 68);
static_assert(sizeof(HtpInfrastructure) == 40);

}  // namespace tandem::qnn::abi
