// Faults on request, through the environment, so that tests can see what the engine makes of them. README.md
// says what each variable does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace tandem::npu {

// TANDEM_NPU_API: the core API version that is reported instead of the real one.
[[nodiscard]] std::optional<std::pair<uint32_t, uint32_t>> reported_version();
// TANDEM_NPU_REFUSE: whether a weight of these columns and rows is refused when its graph is finalized.
[[nodiscard]] bool refuses(int64_t columns, int64_t rows);
// TANDEM_NPU_WRONG: whether results with a weight of these columns and rows are wrong.
[[nodiscard]] bool is_wrong(int64_t columns, int64_t rows);
// TANDEM_NPU_MEMORY: bytes for weights and graphs; nothing: no limit.
[[nodiscard]] std::optional<size_t> memory_limit();
// TANDEM_NPU_FAIL_AT: which graphExecute of a backend fails, from 1; 0: none.
[[nodiscard]] int64_t failing_execute();
// TANDEM_NPU_STEP: microseconds that each execution lasts longer.
[[nodiscard]] int64_t extra_us();
// TANDEM_NPU_MIXED=0: fp16 weights want fp16 inputs and outputs, as on some real NPUs.
[[nodiscard]] bool takes_mixed_types();
// TANDEM_NPU_CORE: the core of the NPU's own thread; nothing: graphs run on the thread that executes them.
[[nodiscard]] std::optional<int> own_core();

}  // namespace tandem::npu
