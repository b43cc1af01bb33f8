// The parameters of each request, checked: what protocol.schema.json says, and the ranges that it cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "json/fields.h"
#include "runtime/bench.h"
#include "runtime/generate.h"
#include "runtime/session.h"

namespace tandem::rpc {

inline constexpr int64_t kProtocol = 1;

struct TraceParams {
  size_t buffer_bytes = TraceOptions::kDefaultBuffer;
  std::string context = "null";  // JSON text.
};

struct GenerateParams {
  int64_t model_id = 0;
  std::string run_id;
  GenerateRequest request;
  std::optional<TraceParams> trace;
};

struct BenchParams {
  int64_t model_id = 0;
  BenchRequest request;
};

// Error unsupported for a client of another protocol.
[[nodiscard]] Result<void> parse_hello(const Json& params);
[[nodiscard]] Result<void> parse_empty(const Json& params);
[[nodiscard]] Result<int64_t> parse_model_ref(const Json& params);
[[nodiscard]] Result<GenerateParams> parse_generate(const Json& params);
[[nodiscard]] Result<BenchParams> parse_bench(const Json& params);

// "auto", or the name of an instruction set; nothing is auto. Error: invalid-argument.
[[nodiscard]] Result<std::optional<cpu::Isa>> parse_isa(const std::string& name);

// The object "trace" of a request; nothing where it is absent. Errors go to the parent.
[[nodiscard]] std::optional<TraceParams> parse_trace(Fields& parent);

}  // namespace tandem::rpc
