#include "runtime/place_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem {
namespace {

uint32_t nanoseconds(double us) {
  constexpr double kMost = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::clamp(us * 1000.0, 0.0, kMost));
}

// Predicted times are of all that a lane does for the op at the plan's length: each part gets what it
// computes of it.
void predict(std::vector<Part>& parts, double us, double computed_at_length) {
  for (Part& part : parts) {
    const double computed = static_cast<double>(part.padded_tokens) * static_cast<double>(part.rows);
    part.predicted_ns = computed_at_length > 0 ? nanoseconds(us * computed / computed_at_length) : 0;
  }
}

}  // namespace

bool may_be_shared(const Op& op, const StepShape& step) {
  return op.kind == OpKind::kMatmul && (op.rows == Rows::kTokens || step.logit_rows == 1);
}

std::array<std::vector<Part>, kLanes> place_parts(const Op& op, OpId id, const Candidate& candidate,
                                                  int64_t rows, int64_t length) {
  const int64_t npu_rows = candidate.npu_rows;
  const int64_t npu_first = op.n - npu_rows;
  const Split split = npu_rows > 0 && npu_rows < op.n ? npu_first : 0;
  int64_t npu_tokens = 0;  // Of this step; those behind them are the primary's.
  std::array<std::vector<Part>, kLanes> lanes;
  const auto add = [&](Lane lane, int64_t first_row, int64_t part_rows, int64_t first_token, int64_t tokens,
                       int64_t padded) {
    if (part_rows == 0 || tokens == 0) return;
    const int64_t share = 1000 * part_rows * tokens / (op.n * rows);
    lanes[lane_index(lane)].push_back({.op = id,
                                       .first_row = first_row,
                                       .rows = part_rows,
                                       .first_token = first_token,
                                       .tokens = tokens,
                                       .padded_tokens = padded,
                                       .output_split = split,
                                       .strategy = candidate.strategy,
                                       .share = static_cast<uint16_t>(share)});
  };
  int64_t piece_tokens = 0;
  if (npu_rows > 0) {
    for (const int64_t piece : candidate.pieces) {
      piece_tokens += piece;
      const int64_t tokens = std::min(piece, rows - npu_tokens);
      add(Lane::kNpu, npu_first, npu_rows, npu_tokens, tokens, piece);
      npu_tokens += tokens;
    }
  }
  add(Lane::kPrimary, 0, npu_first, 0, rows, rows);
  add(Lane::kPrimary, npu_first, npu_rows, npu_tokens, rows - npu_tokens, rows - npu_tokens);

  const auto at_length = [&](int64_t part_rows, int64_t tokens) {
    return static_cast<double>(part_rows) * static_cast<double>(std::max<int64_t>(tokens, 0));
  };
  predict(lanes[static_cast<size_t>(Lane::kNpu)], candidate.npu_us, at_length(npu_rows, piece_tokens));
  predict(lanes[static_cast<size_t>(Lane::kPrimary)], candidate.primary_us,
          at_length(npu_first, length) + at_length(npu_rows, length - piece_tokens));
  return lanes;
}

}  // namespace tandem
