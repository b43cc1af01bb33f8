// The header and footer of a trace: who ran what where, and how it ended (docs/trace-format.md).
#pragma once

#include <string>

#include "base/system.h"
#include "json/fields.h"
#include "runtime/generate.h"
#include "runtime/session.h"
#include "trace/session.h"

namespace tandem::rpc {

// Of now, in UTC: "2026-11-20T14:05:33.120Z".
[[nodiscard]] std::string iso_time_now();

// context: JSON text of the host, already checked. plan_origin: see portable.h; null: not known.
[[nodiscard]] std::string trace_header(const Session& session, const GenerateRequest& request,
                                       const System& system, const std::string& context,
                                       const Json& plan_origin = nullptr);

[[nodiscard]] std::string trace_footer(const GenerateOutcome& outcome, const TraceReport& report);
// Of a run that ended in an error.
[[nodiscard]] std::string trace_footer(const Error& error, const TraceReport& report);

// Runs a request, traced where `trace` is given: the trace is ended whatever happens. `report` is filled
// then.
struct TracedRun {
  TraceOptions options;
  TraceSink sink;
  TraceReport report;
};
[[nodiscard]] Result<GenerateOutcome> generate_traced(Session& session, const GenerateRequest& request,
                                                      const System& system, GenerateHooks hooks,
                                                      TracedRun* trace);

}  // namespace tandem::rpc
