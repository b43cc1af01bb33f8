// The solver on Llama-3-8B and the calibrated Snapdragon 8 Gen 3, up to 1024 tokens: all standard lengths and
// every length between. `--benchmark_filter=Solve --benchmark_repetitions=20`; the CPU column is what counts.
#include <benchmark/benchmark.h>

#include "plan/solve.h"
#include "plan/testing.h"
#include "profile/soc.h"
#include "profile/soc_costs.h"

namespace tandem {
namespace {

void BM_SolveLlama8B(benchmark::State& state) {
  const testing_plan::ShapedModel model = testing_plan::shaped_model(testing_plan::llama_8b());
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  size_t lengths = 0, placements = 0;
  for (auto _ : state) {
    const auto plan = solve(model.graph, model.weights, costs, {}, state.range(0));
    lengths = plan->lengths.size();
    placements = plan->placements.size();
  }
  state.counters["lengths"] = static_cast<double>(lengths);
  state.counters["placements"] = static_cast<double>(placements);
}
BENCHMARK(BM_SolveLlama8B)->Arg(1)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem
