#include "simulate/simulate.h"

#include <gtest/gtest.h>

#include "profile/soc_costs.h"

namespace tandem {
namespace {

TEST(Simulate, Prints) {
  const auto soc = built_in_soc("snapdragon-8-gen-3").value();
  const SocCostModel costs(soc);
  const auto model = model_shape("llama-3-8b", TensorType::kQ4_0).value();
  for (const Engine engine : {Engine::kTensor, Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
    for (const SyncMode sync : {SyncMode::kFast, SyncMode::kDriver}) {
      SimulateRequest request{.model = model, .costs = costs, .soc = &soc, .engine = engine};
      request.settings.sync = sync;
      const auto result = simulate(request);
      ASSERT_TRUE(result.ok()) << result.error().message;
      for (const auto& [name, phase] : {std::pair{"prefill", result->prefill}, {"decode", result->decode}}) {
        printf(
            "%-7s %-7s %-8s %9.2f ms %8.2f tok/s overlap %5.1f sync %5.2f joins %lld gpu %.1f npu %.1f J "
            "%.2f\n",
            std::string(engine_name(engine)).c_str(), std::string(sync_mode_name(sync)).c_str(), name,
            phase.ms, phase.tokens_per_second, phase.overlap_percent, phase.exposed_sync_percent,
            static_cast<long long>(phase.joins), phase.primary_busy_ms, phase.npu_busy_ms, phase.energy_j);
      }
      printf("  ttft %.1f compile %.1f graphs %lld simulated in %.1f ms\n", result->time_to_first_token_ms,
             result->compile_ms, static_cast<long long>(result->graphs), result->simulate_ms);
    }
  }
}

}  // namespace
}  // namespace tandem
