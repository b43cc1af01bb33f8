#include "verify/verify.h"

#include <algorithm>
#include <utility>

#include "verify/op_runner.h"
#include "verify/tasks.h"

namespace tandem {
namespace {

struct Runner {
  OpRunner ops;
  ProcessorInfo info;
  Processor& processor;
  bool failed = false;
};

class Verification {
 public:
  explicit Verification(const VerifyRequest& request) : request_(request) {}

  Result<VerifyReport> run() {
    const std::vector<VerifyTask> tasks = verify_tasks(request_.graph, request_.weights);
    int64_t longest = *std::ranges::max_element(request_.tokens);
    if (const auto graph = std::ranges::lower_bound(request_.graph_lengths, longest);
        graph != request_.graph_lengths.end())
      longest = *graph;
    TANDEM_ASSIGN(OpRunner truth, OpRunner::create(subject(request_.truth, allocate_pages), longest));
    for (const VerifySubject& each : request_.subjects) {
      TANDEM_ASSIGN(OpRunner runner, OpRunner::create(subject(each.processor, each.allocate), longest));
      runners_.push_back({std::move(runner), each.processor.info(), each.processor});
    }
    for (const VerifyTask& task : tasks)
      total_ += static_cast<int64_t>(lengths_of(task).size() * runners_.size());
    for (const VerifyTask& task : tasks) {
      if (cancelled()) return report_;
      const Result<void> compared = compare(task, truth);
      if (!compared.ok() && cancelled()) return report_;
      TANDEM_TRY(compared);
    }
    report_.complete = !cancelled();
    return report_;
  }

 private:
  [[nodiscard]] bool cancelled() const { return request_.cancel.cancelled(); }

  [[nodiscard]] OpRunner::Subject subject(Processor& processor, const SharedMemoryAllocator& allocate) const {
    return {request_.graph, request_.weights, processor, allocate, request_.graph_lengths, request_.cancel};
  }

  [[nodiscard]] const Op& last_of(const VerifyTask& task) const {
    return request_.graph.ops[static_cast<size_t>(task.ops.back())];
  }

  // Ops on the rows with logits run on one row, whatever the step; only the choice of that row depends on it.
  [[nodiscard]] std::vector<int64_t> lengths_of(const VerifyTask& task) const {
    const Op& op = last_of(task);
    const bool one_row = op.rows == Rows::kLogits && op.kind != OpKind::kSelect;
    return one_row ? std::vector<int64_t>{1} : request_.tokens;
  }

  Result<void> compare(const VerifyTask& task, OpRunner& truth) {
    const std::vector<int64_t> lengths = lengths_of(task);
    std::vector<std::vector<float>> expected;
    TANDEM_TRY(truth.begin(task));
    for (const int64_t tokens : lengths) {
      TANDEM_ASSIGN(std::vector<float> values, truth.run(tokens));
      expected.push_back(std::move(values));
    }
    truth.end();
    for (Runner& runner : runners_) {
      if (takes(runner, task)) compare(task, lengths, expected, runner);
      done_ += static_cast<int64_t>(lengths.size());
      if (request_.progress) request_.progress(done_, total_);
    }
    return {};
  }

  [[nodiscard]] bool takes(const Runner& runner, const VerifyTask& task) const {
    if (runner.failed) return false;
    return runner.info.role != ProcessorRole::kCoProcessor || last_of(task).kind == OpKind::kMatmul;
  }

  void compare(const VerifyTask& task, const std::vector<int64_t>& lengths,
               const std::vector<std::vector<float>>& expected, Runner& runner) {
    VerifyRow row{.processor = runner.info.kind, .ops = task.ops, .stands_for = task.stands_for};
    if (const auto why = runner.processor.why_not(request_.graph, request_.weights, last_of(task))) {
      row.outcome = VerifyOutcome::kRefused;
      row.reason = *why;
      report_.rows.push_back(std::move(row));
      return;
    }
    const Result<void> begun = runner.ops.begin(task);
    for (size_t i = 0; i < lengths.size() && !cancelled() && !runner.failed; ++i) {
      row.tokens = lengths[i];
      row.padded_tokens = runner.ops.padded(lengths[i]);
      const Result<std::vector<float>> values =
          begun.ok() ? runner.ops.run(lengths[i]) : Result<std::vector<float>>(begun.error());
      if (cancelled()) break;
      judge(values, expected[i], row);
      runner.failed = row.outcome == VerifyOutcome::kFailed;
      report_.rows.push_back(row);
    }
    runner.ops.end();
  }

  static void judge(const Result<std::vector<float>>& values, const std::vector<float>& expected,
                    VerifyRow& row) {
    row.difference = {};
    row.reason.clear();
    if (!values.ok()) {
      const ErrorCode code = values.error().code;
      const bool refused = code == ErrorCode::kUnsupported || code == ErrorCode::kOutOfMemory;
      row.outcome = refused ? VerifyOutcome::kRefused : VerifyOutcome::kFailed;
      row.reason = values.error().message;
      return;
    }
    row.difference = difference(*values, expected);
    row.outcome = row.difference.nmse <= kVerifyBar ? VerifyOutcome::kPassed : VerifyOutcome::kBeyond;
    if (row.outcome == VerifyOutcome::kBeyond) {
      row.reason =
          "Its output is not the CPU's: keep this op off this processor with an override, and update its "
          "driver.";
    }
  }

  const VerifyRequest& request_;
  std::vector<Runner> runners_;
  VerifyReport report_;
  int64_t done_ = 0, total_ = 0;
};

}  // namespace

std::string_view verify_outcome_name(VerifyOutcome outcome) {
  switch (outcome) {
    case VerifyOutcome::kPassed:
      return "passed";
    case VerifyOutcome::kBeyond:
      return "beyond";
    case VerifyOutcome::kRefused:
      return "refused";
    case VerifyOutcome::kFailed:
      break;
  }
  return "failed";
}

bool VerifyReport::passed() const {
  return complete && std::ranges::none_of(rows, [](const VerifyRow& row) {
           return row.outcome == VerifyOutcome::kBeyond || row.outcome == VerifyOutcome::kFailed;
         });
}

Result<VerifyReport> verify(const VerifyRequest& request) { return Verification(request).run(); }

}  // namespace tandem
