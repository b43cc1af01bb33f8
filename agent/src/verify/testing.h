// A tiny model for the tests of this folder, and what a report says in short.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "backends/cpu/cpu_processor.h"
#include "gguf/file.h"
#include "gguf/testing.h"
#include "model/testing.h"
#include "verify/verify.h"

namespace tandem::testing_verify {

struct Verified {
  explicit Verified(const testing_model::TinyModel& model) : bytes(testing_model::tiny_model_bytes(model)) {
    file = std::make_unique<GgufFile>(GgufFile::parse(testing_gguf::as_bytes(bytes)).value());
    const HyperParameters shape = read_hyper_parameters(*file).value();
    weights = find_weights(*file, shape).value();
    graph = build_graph(shape, weights, InPlace::kResidual);
    cpu = cpu::CpuProcessor::create({.threads = 1}, System()).value();
  }
  [[nodiscard]] VerifyRequest request(std::vector<VerifySubject> subjects) const {
    return {.graph = graph, .weights = weights, .truth = *cpu, .subjects = std::move(subjects)};
  }
  // Names of the ops that were compared with this outcome.
  [[nodiscard]] std::set<std::string> ops(const VerifyReport& report, ProcessorKind processor,
                                          VerifyOutcome outcome) const {
    std::set<std::string> names;
    for (const VerifyRow& row : report.rows) {
      if (row.processor == processor && row.outcome == outcome)
        names.insert(graph.ops[static_cast<size_t>(row.ops.back())].name);
    }
    return names;
  }

  std::string bytes;
  std::unique_ptr<GgufFile> file;
  Weights weights;
  Graph graph;
  std::unique_ptr<cpu::CpuProcessor> cpu;
};

}  // namespace tandem::testing_verify
