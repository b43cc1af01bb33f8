#include "runtime/bench.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/clock.h"
#include "sample/random.h"

namespace tandem {
namespace {

constexpr int64_t kMostRepetitions = 10'000;

Error out_of_range(const std::string& what, int64_t value, int64_t most) {
  return {ErrorCode::kInvalidArgument,
          what + " is " + std::to_string(value) + "; give 1 to " + std::to_string(most) + ".",
          {{"value", std::to_string(value)}, {"most", std::to_string(most)}}};
}

Result<void> check(const BenchRequest& request, int64_t context) {
  if (request.repetitions < 1 || request.repetitions > kMostRepetitions) {
    return out_of_range("The number of repetitions", request.repetitions, kMostRepetitions);
  }
  for (const std::vector<int64_t>* lengths : {&request.prefill, &request.decode}) {
    for (const int64_t length : *lengths) {
      if (length < 1 || length > context) return out_of_range("A length to measure", length, context);
    }
  }
  return {};
}

std::vector<int32_t> arbitrary_tokens(int64_t count, int64_t vocabulary) {
  Random random(1);
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  for (int32_t& token : tokens) {
    token = static_cast<int32_t>(random.next() % static_cast<uint64_t>(vocabulary));
  }
  return tokens;
}

// Seconds of one run.
Result<double> run_once(Session& session, bool is_prefill, std::span<const int32_t> tokens,
                        const CancelToken& cancel) {
  session.truncate(0);
  Session::Run run;
  run.cancel = cancel;
  const int64_t began = boottime_ns();
  if (is_prefill) {
    TANDEM_TRY(session.forward(tokens, 1, run));
  } else {
    for (const int32_t& token : tokens) TANDEM_TRY(session.forward({&token, 1}, 1, run));
  }
  return static_cast<double>(boottime_ns() - began) / 1e9;
}

void summarise(BenchRow& row) {
  std::vector<double> sorted = row.samples;
  std::sort(sorted.begin(), sorted.end());
  const size_t n = sorted.size();
  row.median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  row.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(n);
  double squares = 0;
  for (const double sample : sorted) squares += (sample - row.mean) * (sample - row.mean);
  row.deviation = n < 2 ? 0 : std::sqrt(squares / static_cast<double>(n - 1));
}

}  // namespace

Result<std::vector<BenchRow>> bench(Session& session, const BenchRequest& request,
                                    const BenchProgress& progress, const CancelToken& cancel) {
  TANDEM_TRY(check(request, session.context()));
  std::vector<BenchRow> rows;
  const int64_t tests = static_cast<int64_t>(request.prefill.size() + request.decode.size());
  const int64_t total = tests * (request.repetitions + (request.warm_up ? 1 : 0));
  int64_t done = 0;
  const auto report = [&](std::string_view stage) {
    if (progress) progress(stage, done, total);
  };
  for (int64_t test = 0; test < tests; ++test) {
    const auto prefills = static_cast<int64_t>(request.prefill.size());
    const bool is_prefill = test < prefills;
    const int64_t length = is_prefill ? request.prefill[static_cast<size_t>(test)]
                                      : request.decode[static_cast<size_t>(test - prefills)];
    const std::vector<int32_t> tokens = arbitrary_tokens(length, session.shape().vocabulary);
    if (request.warm_up) {
      report("warm-up");
      // One generated token wakes everything that generating needs; a prompt is warmed up whole.
      const std::span<const int32_t> part = is_prefill ? std::span(tokens) : std::span(tokens).first(1);
      TANDEM_TRY(run_once(session, is_prefill, part, cancel));
      ++done;
    }
    BenchRow row;
    row.test = (is_prefill ? "pp" : "tg") + std::to_string(length);
    row.tokens = length;
    const std::vector<ProcessorUsage> before = session.usage();
    for (int64_t repetition = 0; repetition < request.repetitions; ++repetition) {
      report("measure");
      TANDEM_ASSIGN(const double seconds, run_once(session, is_prefill, tokens, cancel));
      row.samples.push_back(static_cast<double>(length) / seconds);
      ++done;
    }
    row.ran_on = ran_on(before, session.usage());
    summarise(row);
    rows.push_back(std::move(row));
  }
  session.truncate(0);
  report("measure");
  return rows;
}

}  // namespace tandem
