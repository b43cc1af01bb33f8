// Compares processors with the CPU, op by op, on the device at hand: the same inputs, weights of the model,
// the programs that a run uses.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "processor/processor.h"
#include "verify/difference.h"

namespace tandem {

// Outputs of two processors are the same op's where they differ by no more than this NMSE.
inline constexpr double kVerifyBar = 5e-4;

enum class VerifyOutcome : uint8_t {
  kPassed,
  kBeyond,   // Differs by more than the bar.
  kRefused,  // The processor takes no such op; a plan places it elsewhere.
  kFailed,   // It stopped in this op, and nothing after it was compared.
};

// On the wire: "passed", "beyond", "refused", "failed".
[[nodiscard]] std::string_view verify_outcome_name(VerifyOutcome outcome);

struct VerifyRow {
  ProcessorKind processor = ProcessorKind::kGpu;
  std::vector<OpId> ops;   // What ran; the output of the last was compared.
  int64_t stands_for = 1;  // Ops of the model that are like it.
  int64_t tokens = 0;
  int64_t padded_tokens = 0;  // That were computed.
  VerifyOutcome outcome = VerifyOutcome::kPassed;
  Difference difference;  // Where it passed or is beyond.
  std::string reason;     // One sentence; empty where it passed.
};

struct VerifyReport {
  std::vector<VerifyRow> rows;  // Task by task, then processor by processor.
  bool complete = false;        // False where it was stopped.
  [[nodiscard]] bool passed() const;
};

struct VerifySubject {
  Processor& processor;
  SharedMemoryAllocator allocate = allocate_pages;  // Of the activations.
};

struct VerifyRequest {
  const Graph& graph;
  const Weights& weights;
  Processor& truth;  // The CPU.
  std::vector<VerifySubject> subjects;
  std::vector<int64_t> tokens = {1, 3, 33, 64, 135};           // Of the steps.
  std::vector<int64_t> graph_lengths = {1, 32, 64, 128, 256};  // Of static shapes; ascending.
  CancelToken cancel = {};
  std::function<void(int64_t done, int64_t total)> progress =
      nullptr;  // In comparisons; null: nobody listens.
};

// A co-processor runs matmuls only, and only those are compared on it. A processor that fails is a row, not
// an error, and the others go on. Being cancelled is no error: then the report is not complete. Errors: those
// of the truth; out-of-memory.
[[nodiscard]] Result<VerifyReport> verify(const VerifyRequest& request);

}  // namespace tandem
