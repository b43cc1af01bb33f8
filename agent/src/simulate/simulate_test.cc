#include "simulate/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "plan/testing.h"
#include "profile/soc_costs.h"
#include "trace/testing.h"

namespace tandem {
namespace {

const ModelShape& llama_8b() {
  static const ModelShape model = model_shape("llama-3-8b", TensorType::kQ4_0).value();
  return model;
}

SocDescription calibrated() { return built_in_soc("snapdragon-8-gen-3").value(); }

SimulateResult run(const SocDescription& soc, Engine engine = Engine::kTensor,
                   SyncMode sync = SyncMode::kFast, int64_t prompt = 256, int64_t generated = 32,
                   Misfit misfit = Misfit::kPad, const ModelShape& model = llama_8b()) {
  const SocCostModel costs(soc);
  SimulateRequest request{.model = model, .costs = costs, .soc = &soc};
  request.engine = engine;
  request.misfit = misfit;
  request.settings.sync = sync;
  request.prompt_tokens = prompt;
  request.generated_tokens = generated;
  return simulate(request).value();
}

std::string format(const char* pattern, auto... values) {
  std::string text(200, '\0');
  text.resize(static_cast<size_t>(std::snprintf(text.data(), text.size(), pattern, values...)));
  return text;
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TANDEM_SOURCE) + "/src/simulate/testdata/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  if (golden.str() != text) std::ofstream(path + ".actual") << text;
  EXPECT_EQ(golden.str(), text) << "see " << path << ".actual";
}

std::string line(const std::string& name, const SimulateResult& result) {
  return format(
      "%-40s prefill %7.1f tok/s, overlap %4.1f %%, sync %5.2f %%   decode %6.2f tok/s, overlap %4.1f %%, "
      "sync %5.2f %%   %5.1f J\n",
      name.c_str(), result.prefill.tokens_per_second, result.prefill.overlap_percent,
      result.prefill.exposed_sync_percent, result.decode.tokens_per_second, result.decode.overlap_percent,
      result.decode.exposed_sync_percent, result.whole.energy_j);
}

// The paper's headline (its section 5), from constants of its sections 1 and 4 only.
TEST(Simulate, HeadlineFiguresComeOutOfTheCalibration) {
  const SimulateResult result = run(calibrated());
  EXPECT_TRUE(result.calibrated);
  EXPECT_EQ(result.origin, Origin::kModeled);
  EXPECT_GE(result.prefill.tokens_per_second, 236.9 * 0.95);
  EXPECT_LE(result.prefill.tokens_per_second, 247.9 * 1.05);
  EXPECT_GE(result.decode.tokens_per_second, 14.01 * 0.9);
  EXPECT_LE(result.decode.tokens_per_second, 14.01 * 1.1);
}

TEST(Simulate, EnginesAndSyncReadAsInTheirGoldenFile) {
  std::string text = "Llama-3-8B Q4_0 on Snapdragon 8 Gen 3, 256 + 32 tokens\n";
  for (const Engine engine : {Engine::kTensor, Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
    for (const SyncMode sync : {SyncMode::kFast, SyncMode::kDriver}) {
      text += line(std::string(engine_name(engine)) + ", " + std::string(sync_mode_name(sync)),
                   run(calibrated(), engine, sync));
    }
  }
  text += "300 + 32 tokens\n";
  for (const Misfit misfit : {Misfit::kPad, Misfit::kPipe, Misfit::kCompile}) {
    const char* names[] = {"layer, pad", "layer, pipe", "layer, compile"};
    text += line(names[static_cast<int>(misfit)],
                 run(calibrated(), Engine::kLayer, SyncMode::kFast, 300, 32, misfit));
  }
  text += line("tensor", run(calibrated(), Engine::kTensor, SyncMode::kFast, 300));
  expect_golden("engines.txt", text);
}

TEST(Simulate, EveryDescriptionReadsAsInItsGoldenFile) {
  std::string text = "Llama-3-8B Q4_0, tensor-level, fast sync, 256 + 32 tokens\n";
  for (const std::string& id : soc_ids()) {
    const SocDescription soc = built_in_soc(id).value();
    const SimulateResult result = run(soc);
    text += line(result.cost_model, result);
    EXPECT_EQ(result.calibrated, soc.calibrated);
    EXPECT_EQ(result.calibrated, std::ranges::none_of(result.notes, [](const std::string& note) {
                return note.find("not calibrated") != std::string::npos;
              }));
  }
  expect_golden("socs.txt", text);
}

TEST(Simulate, EveryShapeRunsOnEveryEngine) {
  for (const std::string& id : model_shape_ids()) {
    const ModelShape model = model_shape(id, TensorType::kQ4_0).value();
    for (const Engine engine : {Engine::kTensor, Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
      const SimulateResult result = run(calibrated(), engine, SyncMode::kFast, 600, 3, Misfit::kPad, model);
      EXPECT_EQ(result.prefill.steps, 2) << id;
      EXPECT_EQ(result.decode.steps, 2) << id;
      EXPECT_GT(result.decode.tokens_per_second, 1) << id;
    }
  }
}

TEST(Simulate, ParametersAreThoseOfTheModels) {
  const std::map<std::string, double> billions = {
      {"llama-3-8b", 8.03},    {"llama-2-7b", 6.74},   {"llama-3.2-3b", 3.21}, {"llama-3.2-1b", 1.24},
      {"internlm-1.8b", 1.89}, {"qwen2.5-1.5b", 1.54}, {"qwen2.5-3b", 3.09},   {"qwen2.5-7b", 7.62},
      {"qwen3-4b", 4.02},      {"qwen3-8b", 8.19}};
  ASSERT_EQ(billions.size(), model_shape_ids().size());
  for (const auto& [id, expected] : billions) {
    const auto model = model_shape(id, TensorType::kQ4_0).value();
    EXPECT_NEAR(static_cast<double>(model.parameters()) / 1e9, expected, 0.006) << id;
  }
}

TEST(Simulate, BothProcessorsBeatLayersAndLayersBeatOneProcessor) {
  const double tensor = run(calibrated()).prefill.tokens_per_second;
  const double layer = run(calibrated(), Engine::kLayer).prefill.tokens_per_second;
  const double gpu = run(calibrated(), Engine::kGpu).prefill.tokens_per_second;
  const double npu = run(calibrated(), Engine::kNpu).prefill.tokens_per_second;
  EXPECT_GE(tensor, layer);
  EXPECT_GE(layer, std::max(gpu, npu));
}

// The solver and the clock see the same lanes, so a plan keeps what it promises, and never loses by
// splitting.
TEST(Simulate, PlansKeepTheirPredictionsAndNeverLose) {
  for (const std::string& id : soc_ids()) {
    const SocDescription soc = built_in_soc(id).value();
    for (const SyncMode sync : {SyncMode::kFast, SyncMode::kDriver}) {
      for (const int64_t prompt : {64, 256, 300}) {
        const std::string where = id + ' ' + std::string(sync_mode_name(sync)) + ' ' + std::to_string(prompt);
        const SimulateResult tensor = run(soc, Engine::kTensor, sync, prompt, 2);
        const double decode_us = (tensor.decode.ms * 1e3 - 2 * soc.sync.sample_us);
        EXPECT_NEAR(tensor.plan.at(prompt).step_us / 1e3 / tensor.prefill.ms, 1, 0.06) << where;
        EXPECT_NEAR(tensor.plan.at(1).step_us / decode_us, 1, 0.1) << where;
        for (const Engine engine : {Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
          const SimulateResult other = run(soc, engine, sync, prompt, 2);
          EXPECT_LE(tensor.prefill.ms, other.prefill.ms) << where << ' ' << engine_name(engine);
          EXPECT_LE(tensor.decode.ms, other.decode.ms) << where << ' ' << engine_name(engine);
        }
      }
    }
  }
}

TEST(Simulate, WithoutAnNpuTheCpuRunsAllAndSaysSo) {
  testing_plan::ToyCosts costs;
  costs.primary_kind = ProcessorKind::kCpu;
  costs.npu = false;
  std::string bytes;
  const ModeledTraceOptions trace{.header = nullptr,
                                  .sink = [&](std::string chunk, bool /*last*/) { bytes += chunk; }};
  SimulateRequest request{.model = llama_8b(), .costs = costs};
  request.prompt_tokens = 40;
  request.generated_tokens = 2;
  request.trace = &trace;
  const SimulateResult result = simulate(request).value();
  EXPECT_EQ(result.whole.npu_busy_ms, 0);
  EXPECT_FALSE(result.energy_known);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_EQ(result.notes[0], "These costs have no NPU, so everything runs on the primary processor.");
  const testing_trace::TraceReader read(bytes);
  EXPECT_FALSE(read.on(12).empty());
  EXPECT_TRUE(read.on(10).empty() && read.on(11).empty());
}

TEST(Simulate, OneProcessorNeverWaitsForAnother) {
  const SimulateResult result = run(calibrated(), Engine::kGpu);
  EXPECT_EQ(result.whole.joins, result.whole.steps);  // The end of each step.
  EXPECT_EQ(result.whole.npu_busy_ms, 0);
  EXPECT_EQ(result.whole.both_busy_ms, 0);
  EXPECT_EQ(result.graphs, 0);
}

TEST(Simulate, DriverSyncNeverBeatsFast) {
  for (const std::string& id : soc_ids()) {
    const SocDescription soc = built_in_soc(id).value();
    for (const Engine engine : {Engine::kTensor, Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
      // Each sync has a plan of its own, and the solver takes plans within one percent of the best.
      const double margin = engine == Engine::kTensor ? 1.01 : 1.0;
      for (const int64_t prompt : {33, 256, 300}) {
        const SimulateResult fast = run(soc, engine, SyncMode::kFast, prompt, 4);
        const SimulateResult driver = run(soc, engine, SyncMode::kDriver, prompt, 4);
        EXPECT_LE(fast.prefill.ms, driver.prefill.ms * margin)
            << id << ' ' << engine_name(engine) << ' ' << prompt;
        EXPECT_LE(fast.decode.ms, driver.decode.ms * margin)
            << id << ' ' << engine_name(engine) << ' ' << prompt;
      }
    }
  }
}

TEST(Simulate, FasterMemoryNeverSlows) {
  for (const Engine engine : {Engine::kTensor, Engine::kLayer, Engine::kGpu, Engine::kNpu}) {
    double last_prefill = 1e300, last_decode = 1e300;
    for (const double factor : {0.5, 0.75, 1.0, 1.5, 2.0}) {
      SocDescription soc = calibrated();
      soc.memory.gpu_gbps *= factor;
      soc.memory.npu_gbps *= factor;
      soc.memory.together_gbps *= factor;
      const SimulateResult result = run(soc, engine, SyncMode::kFast, 256, 4);
      EXPECT_LE(result.prefill.ms, last_prefill) << engine_name(engine) << ' ' << factor;
      EXPECT_LE(result.decode.ms, last_decode) << engine_name(engine) << ' ' << factor;
      last_prefill = result.prefill.ms;
      last_decode = result.decode.ms;
    }
  }
}

TEST(Simulate, CompilingWhenThePromptComesIsPaidInThePrefill) {
  const auto layer = [](Misfit misfit) {
    return run(calibrated(), Engine::kLayer, SyncMode::kFast, 135, 4, misfit);
  };
  EXPECT_EQ(layer(Misfit::kPad).compile_in_run_ms, 0);
  EXPECT_NEAR(layer(Misfit::kCompile).compile_in_run_ms, 300, 30);  // 4 shapes; the paper fuses q, k, v.
  EXPECT_GT(layer(Misfit::kCompile).prefill.ms, layer(Misfit::kPipe).prefill.ms);
}

TEST(Simulate, RefusesWhatCannotBe) {
  const SocDescription soc = calibrated();
  const SocCostModel costs(soc);
  SimulateRequest request{.model = llama_8b(), .costs = costs, .soc = &soc};
  request.prompt_tokens = 0;
  EXPECT_EQ(simulate(request).error().message, "The field promptTokens has to be at least 1.");
  request.prompt_tokens = 8192;
  EXPECT_EQ(simulate(request).error().message,
            "The field promptTokens has to be at most 8192 together with maxTokens.");
  request.prompt_tokens = 256;
  SimulateHooks hooks;
  hooks.cancel.cancel();
  EXPECT_EQ(simulate(request, hooks).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(model_shape("llama", TensorType::kQ4_0).error().code, ErrorCode::kNotFound);
}

TEST(Simulate, TheTraceSaysWhatTheResultSays) {
  const SocDescription soc = calibrated();
  const SocCostModel costs(soc);
  std::string bytes;
  bool ended = false;
  const ModeledTraceOptions trace{.header = {{"startedAt", "2026-01-01T00:00:00.000Z"}},
                                  .sink = [&](std::string chunk, bool last) {
                                    EXPECT_FALSE(ended);
                                    bytes += chunk;
                                    ended = last;
                                  }};
  SimulateRequest request{.model = llama_8b(), .costs = costs, .soc = &soc};
  request.generated_tokens = 3;
  request.trace = &trace;
  const SimulateResult result = simulate(request).value();
  EXPECT_TRUE(ended);
  EXPECT_EQ(result.trace_bytes, static_cast<int64_t>(bytes.size()));

  const testing_trace::TraceReader read(bytes);
  std::map<uint64_t, double> busy_ms;
  std::map<uint64_t, uint64_t> open, last_end;
  std::map<uint64_t, int> flows;
  for (const testing_trace::ReadEvent& event : read.events) {
    if (event.flow != 0) ++flows[event.flow];
    if (event.type == 1) {
      EXPECT_GE(event.at_ns, last_end[event.track]) << event.name << " on track " << event.track;
      if (event.track >= 10) open[event.track] = event.at_ns;
    } else if (event.type == 2 && event.track >= 10) {
      busy_ms[event.track] += static_cast<double>(event.at_ns - open[event.track]) / 1e6;
      last_end[event.track] = event.at_ns;
    }
  }
  EXPECT_NEAR(busy_ms[10], result.whole.primary_busy_ms, 0.5);  // Rounded to ns, a few thousand slices.
  EXPECT_NEAR(busy_ms[11], result.whole.npu_busy_ms, 0.5);
  EXPECT_FALSE(read.on(13).empty());
  EXPECT_FALSE(read.on(14).empty());
  for (const testing_trace::ReadEvent& event : read.events) {
    if (event.ended_flow == 0) continue;
    EXPECT_GT(flows[event.ended_flow], 0) << event.name << ' ' << event.at_ns;
  }

  const std::vector<testing_trace::ReadEvent> agent = read.on(1);
  ASSERT_EQ(agent.size(), 2U);
  const Json header = *parse_json(agent[0].notes.at("json"));
  EXPECT_EQ(header["origin"], "modeled");
  EXPECT_EQ(header["soc"]["calibrated"], true);
  EXPECT_EQ(header["costs"]["joinUs"]["driver"], 400);
  EXPECT_EQ(header["processors"][1]["roof"]["tflops"], 4.6);
  EXPECT_EQ(header["settings"]["solver"]["sync"], "fast");
  EXPECT_EQ(header["plan"]["ops"].size(), 32U * 16 + 5);
  EXPECT_EQ(header["startedAt"], "2026-01-01T00:00:00.000Z");
  const Json footer = *parse_json(agent[1].notes.at("json"));
  EXPECT_NEAR(footer["stats"]["prefillMs"].get<double>(), result.prefill.ms, 1e-9);
}

}  // namespace
}  // namespace tandem
