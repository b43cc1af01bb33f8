#include "plan/settings.h"

#include <gtest/gtest.h>

#include "plan/json.h"
#include "plan/overrides.h"
#include "plan/solve.h"
#include "plan/testing.h"

namespace tandem {
namespace {

using namespace testing_plan;

TEST(Settings, ComeBackFromJson) {
  SolverSettings settings;
  settings.strategies = {Strategy::kHybrid, Strategy::kPad};
  settings.standard_lengths = {16, 48};
  settings.gpu_share_cap = 0.5;
  settings.sync = SyncMode::kDriver;
  settings.objective = Objective::kEnergy;
  settings.overrides = {{"blk.*.ffn_down", Strategy::kWeight, 0.25}, {"output", Strategy::kGpu, 0}};
  for (const SolverSettings& some : {SolverSettings(), settings}) {
    const auto read = settings_from_json(to_json(some));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(to_json(*read), to_json(some));
  }
  EXPECT_EQ(to_json(*settings_from_json(Json::object())), to_json(SolverSettings()));
}

TEST(Settings, WrongOnesAreRefusedByName) {
  for (const auto& [text, field] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"rowStep":0})", "rowStep"},
           {R"({"rowStep":"32"})", "rowStep"},
           {R"({"standardLengths":[]})", "standardLengths"},
           {R"({"standardLengths":[64,32]})", "standardLengths"},
           {R"({"standardLengths":[32,32]})", "standardLengths"},
           {R"({"standardLengths":[0]})", "standardLengths"},
           {R"({"strategies":["npu","fast"]})", "strategies"},
           {R"({"strategies":["npu","npu"]})", "strategies"},
           {R"({"minNpuTokens":0})", "minNpuTokens"},
           {R"({"maxPieces":99})", "maxPieces"},
           {R"({"maxGraphs":-1})", "maxGraphs"},
           {R"({"maxGraphBytes":-1})", "maxGraphBytes"},
           {R"({"maxCompileMs":-1})", "maxCompileMs"},
           {R"({"gpuShareCap":0})", "gpuShareCap"},
           {R"({"gpuShareCap":1.5})", "gpuShareCap"},
           {R"({"sync":"slow"})", "sync"},
           {R"({"objective":"fun"})", "objective"},
           {R"({"overrides":[{"pattern":"a"}]})", "overrides[0].strategy"},
           {R"({"overrides":[{"pattern":"","strategy":"npu"}]})", "overrides[0].pattern"},
           {R"({"overrides":[{"pattern":"a","strategy":"npu","npuShare":0.5}]})", "overrides[0].npuShare"},
           {R"({"overrides":7})", "overrides"},
           {R"({"unknown":1})", "unknown"},
           {R"(7)", "settings"}}) {
    const auto read = settings_from_json(Json::parse(text));
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(read.error().message.find(field), std::string::npos) << read.error().message;
  }
}

TEST(Overrides, PatternsMatchWholeNames) {
  EXPECT_TRUE(matches("blk.*.ffn_down", "blk.7.ffn_down"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*a*b*", "xxaxxabx"));
  EXPECT_FALSE(matches("blk.*.ffn_down", "blk.7.ffn_down_exps"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a", ""));
  EXPECT_FALSE(matches("a*a", "a"));
  // No blow-up on many stars.
  EXPECT_FALSE(matches(std::string(100, '*') + "b", std::string(1000, 'a')));
}

TEST(Overrides, HoldAndSayWhereTheyCannot) {
  const ShapedModel model = shaped_model(llama_8b(2));
  SolverSettings settings;
  settings.overrides = {{"blk.0.*", Strategy::kNpu, 0},
                        {"blk.*.ffn_down", Strategy::kWeight, 0.5},
                        {"nothing", Strategy::kGpu, 0},
                        {"blk.1.attn_q", Strategy::kActivation, 0}};
  const auto plan = solve(model.graph, model.weights, ToyCosts(), settings, 128);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->notes.size(), 3U);
  EXPECT_NE(plan->notes[0].find("\"nothing\" matches no matmul"), std::string::npos);
  EXPECT_NE(plan->notes[1].find("disagree"), std::string::npos);
  EXPECT_NE(plan->notes[2].find("\"blk.1.attn_q\" cannot be followed"), std::string::npos);
  for (const LengthPlan& length : plan->lengths) {
    for (size_t i = 0; i < model.graph.ops.size(); ++i) {
      const Op& op = model.graph.ops[i];
      const Placement& placed = plan->placement(length, static_cast<OpId>(i));
      if (op.name == "blk.0.ffn_up") {
        EXPECT_TRUE(placed.chosen.strategy == Strategy::kNpu || placed.chosen.strategy == Strategy::kPad);
        EXPECT_EQ(placed.cause, Cause::kOverride);
      }
      if (op.name == "blk.0.ffn_down" || op.name == "blk.1.ffn_down") {
        EXPECT_EQ(placed.chosen.npu_rows, 2048) << length.first;
      }
    }
  }
}

TEST(Json, OfAPlanHasAllOfIt) {
  const ShapedModel model = shaped_model(llama_8b(2));
  const auto plan = solve(model.graph, model.weights, ToyCosts(), {}, 128);
  ASSERT_TRUE(plan.ok());
  const Json json = to_json(model.graph, model.weights, *plan);
  EXPECT_EQ(json["ops"].size(), model.graph.ops.size());
  EXPECT_EQ(json["placements"].size(), plan->placements.size());
  EXPECT_EQ(json["lengths"].size(), plan->lengths.size());
  EXPECT_EQ(json["graphs"], plan->graphs.size());
  EXPECT_EQ(json["costModel"], "toy");
}

}  // namespace
}  // namespace tandem
