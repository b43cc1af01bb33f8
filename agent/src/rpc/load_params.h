// The parameters of model/load, checked, and which processors run a model where nobody says.
#pragma once

#include <vector>

#include "base/result.h"
#include "json/fields.h"
#include "processor/processor.h"
#include "rpc/plan_params.h"
#include "runtime/session.h"

namespace tandem::rpc {

struct LoadParams {
  LoadOptions options;  // Without costs.
  CostSource costs;     // Of a model that more than one processor runs; empty: a profile of this device.
};

// Error: invalid-argument, naming the field.
[[nodiscard]] Result<LoadParams> parse_load(const Json& params);

// The best primary of this device, and its NPU where it has one.
[[nodiscard]] std::vector<ProcessorKind> default_processors(const std::vector<ProcessorInfo>& infos);

// "gpu" and the like; nothing for other names.
[[nodiscard]] std::optional<ProcessorKind> processor_kind_by_name(std::string_view name);

}  // namespace tandem::rpc
