// Results as JSON, field by field as in protocol.schema.json. The command line prints the same.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/system.h"
#include "json/fields.h"
#include "processor/processor.h"
#include "runtime/bench.h"
#include "runtime/generate.h"
#include "runtime/session.h"
#include "trace/session.h"

namespace tandem::rpc {

[[nodiscard]] Json device_facts_json(const System& system);
[[nodiscard]] Json processor_json(const ProcessorInfo& info);
[[nodiscard]] Json processors_json(const std::vector<ProcessorInfo>& infos);
// Every kind of processor of this device, ready or not; looked at once, since a driver may take its time.
[[nodiscard]] const std::vector<ProcessorInfo>& known_processors(const System& system);
// Null where one processor runs everything: there is nothing to tell then.
[[nodiscard]] Json plan_or_null(const Session& session);
[[nodiscard]] Json hello_json(const System& system);
// busy: the method that runs, or empty.
[[nodiscard]] Json device_status_json(const System& system, const std::string& busy);
[[nodiscard]] Json model_json(int64_t id, const Session& session);
[[nodiscard]] Json stats_json(const GenerateStats& stats);
[[nodiscard]] Json ran_on_json(const std::vector<RanOn>& ran_on);
// trace: null where none was recorded.
[[nodiscard]] Json generate_json(const GenerateOutcome& outcome, const TraceReport* trace);
[[nodiscard]] Json bench_json(const std::vector<BenchRow>& rows);
// ErrorData: {code, context}.
[[nodiscard]] Json error_data_json(const Error& error);

}  // namespace tandem::rpc
