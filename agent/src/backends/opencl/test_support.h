// What the tests of this folder share: the OpenCL device that is here, and a tiny model ready to run on it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "backends/opencl/opencl_processor.h"
#include "gguf/file.h"
#include "gguf/testing.h"
#include "model/testing.h"
#include "processor/activation_pool.h"

namespace tandem::opencl {

// The device named by TANDEM_OPENCL_DEVICE, else a GPU, else PoCL, on one core so that tests can run side by
// side.
inline OpenClOptions test_options() {
  setenv("POCL_MAX_PTHREAD_COUNT", "1", 0);
  OpenClOptions options;
  if (getenv("TANDEM_OPENCL_DEVICE") == nullptr && opencl_info(options).state != ProcessorState::kReady)
    options.device = "pthread";
  return options;
}

// Why tests that need a device cannot run; empty where they can.
inline std::string why_no_device() {
  const ProcessorInfo info = opencl_info(test_options());
  return info.state == ProcessorState::kReady ? "" : "No OpenCL device here: " + info.reason;
}

// For the body of a test.
#define TANDEM_NEEDS_DEVICE()                                        \
  if (const std::string reason = why_no_device(); !reason.empty()) { \
    GTEST_SKIP() << reason;                                          \
  }

// A tiny model with a program of the GPU for it; `error` where that failed.
class TinyRun {
 public:
  TinyRun(const testing_model::TinyModel& model, const OpenClOptions& options, int64_t max_tokens = 300,
          int64_t max_logits = 300, int64_t positions = 700)
      : bytes_(testing_model::tiny_model_bytes(model)) {
    auto file_or = GgufFile::parse(testing_gguf::as_bytes(bytes_));
    if (!check(file_or)) return;
    file = std::make_unique<GgufFile>(std::move(file_or).value());
    shape = read_hyper_parameters(*file).value();
    weights = find_weights(*file, shape).value();
    graph = build_graph(shape, weights, InPlace::kResidual);
    auto processor_or = OpenClProcessor::create(options);
    if (!check(processor_or)) return;
    processor = std::move(processor_or).value();
    auto pool_or = ActivationPool::create(graph, max_tokens, max_logits);
    if (!check(pool_or)) return;
    pool = std::make_unique<ActivationPool>(std::move(pool_or).value());
    auto cache_or = processor->make_cache(shape, positions);
    if (!check(cache_or)) return;
    cache = std::move(cache_or).value();
    auto program_or = processor->make_program(graph, *pool, cache.get());
    if (!check(program_or)) return;
    program = std::move(program_or).value();
    check(program->prepare(whole({.tokens = 1, .position = 0, .logit_rows = 1}),
                           {.weights = weights, .cancel = {}, .copied = {}, .compiled = {}}));
  }

  // Every op, whole.
  [[nodiscard]] std::vector<Part> whole(const StepShape& step) const {
    std::vector<Part> parts;
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      const Op& op = graph.ops[i];
      parts.push_back({.op = static_cast<OpId>(i),
                       .rows = op.n,
                       .tokens = step.rows(op.rows),
                       .padded_tokens = step.rows(op.rows),
                       .strategy = Strategy::kGpu});
    }
    return parts;
  }

  // Runs a step with these parts and waits; logits of its last rows, [logit_rows, vocabulary].
  std::vector<float> run(const StepShape& shape_of_step, std::span<const int32_t> tokens,
                         std::span<const Part> parts, TraceRing* trace = nullptr) {
    Step step{.shape = shape_of_step, .tokens = tokens, .cancel = {}, .trace = trace};
    const Batch batch{parts, ++batches, true, static_cast<uint32_t>(batches)};
    if (!check(program->submit(batch, step)) || !check(program->finish(batch.number)) ||
        !check(program->collect(step)))
      return {};
    const Value& value = graph.values[static_cast<size_t>(graph.logits)];
    const float* logits = pool->data(value);
    return {logits, logits + shape_of_step.logit_rows * value.width};
  }

  // Logits of all tokens, which are run in steps of these lengths.
  std::vector<float> logits(std::span<const int32_t> tokens, const std::vector<size_t>& steps) {
    std::vector<float> all;
    size_t at = 0;
    for (const size_t length : steps) {
      const StepShape step{.tokens = static_cast<int64_t>(length),
                           .position = static_cast<int64_t>(at),
                           .logit_rows = static_cast<int64_t>(length)};
      const std::vector<float> rows = run(step, tokens.subspan(at, length), whole(step));
      all.insert(all.end(), rows.begin(), rows.end());
      at += length;
    }
    return all;
  }

 private:
  template <typename Outcome>
  bool check(const Outcome& outcome) {
    if (outcome.ok()) return true;
    error = outcome.error();
    return false;
  }

  std::string bytes_;

 public:
  std::optional<Error> error;
  std::unique_ptr<GgufFile> file;
  HyperParameters shape;
  Weights weights;
  Graph graph;
  std::unique_ptr<OpenClProcessor> processor;
  std::unique_ptr<ActivationPool> pool;
  std::unique_ptr<KvCache> cache;
  std::unique_ptr<Program> program;
  uint64_t batches = 0;
};

inline std::vector<int32_t> some_tokens(size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t i = 0; i < count; ++i) tokens[i] = static_cast<int32_t>(3 + (i * 37 + i * i % 11) % 256);
  return tokens;
}

inline std::string text_of(const Error& error) {
  std::string text = error.message;
  for (const auto& [key, value] : error.context) text += " [" + key + ": " + value + "]";
  return text;
}

}  // namespace tandem::opencl
