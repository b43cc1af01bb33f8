#include "rpc/model_outline.h"

#include <gtest/gtest.h>

#include "graph/print.h"
#include "model/testing.h"
#include "profile/soc_files.h"
#include "rpc/costs.h"
#include "rpc/plan_work.h"
#include "rpc/portable.h"

namespace tandem::rpc {
namespace {

using testing_model::TemporaryFile;
using testing_model::tiny_model_bytes;
using testing_model::TinyModel;

std::string printed(const ModelOutline& model) { return print_graph(model.graph, model.weights); }

Json outline_of(const std::string& path) {
  const auto source = portable_model({.path = path, .shape = {}, .outline = nullptr});
  EXPECT_TRUE(source.ok());
  // As a host gives it back: 10000.0 has become 10000.
  std::string text = json_text((*source)["outline"]);
  if (const size_t at = text.find("10000.0"); at != std::string::npos) text.replace(at, 7, "10000");
  return *parse_json(text);
}

Json soc_file(std::string_view id) {
  for (const SocFile& file : soc_files()) {
    if (file.id == id) return *parse_json(file.json);
  }
  return nullptr;
}

TEST(ModelOutline, GivesTheGraphOfTheFileAgain) {
  TinyModel tied{.tied = true, .rope_freqs = true};
  TinyModel biased{.family = Family::kQwen2, .type = TensorType::kQ4_0, .layers = 12};
  TinyModel normed{.family = Family::kQwen3, .type = TensorType::kQ8_0, .linear_scaling = 2};
  for (const TinyModel& model : {tied, biased, normed}) {
    const TemporaryFile file(tiny_model_bytes(model));
    const auto whole = open_outline({.path = file.path(), .shape = {}, .outline = nullptr});
    ASSERT_TRUE(whole.ok());
    const auto again = open_outline({.path = {}, .shape = {}, .outline = outline_of(file.path())});
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(printed(*again), printed(*whole));
    EXPECT_EQ(again->name, whole->name);
  }
}

TEST(ModelOutline, FoldsEqualLayers) {
  const TemporaryFile file(tiny_model_bytes({.layers = 40}));
  const Json outline = outline_of(file.path());
  EXPECT_LT(outline["tensors"].size(), 16U);
  EXPECT_EQ(outline["tensors"].back()["layers"], Json::parse("[[0,39]]"));
  EXPECT_FALSE(outline["metadata"].contains("tokenizer.ggml.tokens"));
}

TEST(ModelOutline, SaysWhatIsWrong) {
  const TemporaryFile file(tiny_model_bytes({}));
  const Json good = outline_of(file.path());
  const auto refused = [&](const char* pointer, Json value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = std::move(value);
    const auto opened = open_outline({.path = {}, .shape = {}, .outline = bad});
    EXPECT_FALSE(opened.ok()) << pointer;
    return opened.ok() ? ErrorCode::kInternal : opened.error().code;
  };
  EXPECT_EQ(refused("/tensors/0/type", "Q9"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("/tensors/0/dims", Json::array()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("/tensors/0/dims", {-1, 2}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("/tensors/4/layers", Json::parse("[[0,5000000]]")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("/metadata/llama.block_count", Json::object()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("/metadata/llama.block_count", 7), ErrorCode::kModelIncomplete);
  EXPECT_EQ(refused("/tensors", Json::array()), ErrorCode::kModelIncomplete);
}

TEST(PortableCosts, AreADescriptionsIdOrTheWholeOfIt) {
  const auto built_in = open_costs({.soc = "tensor-g4", .soc_file = {}, .profile = {}, .inlined = nullptr});
  ASSERT_TRUE(built_in.ok());
  EXPECT_EQ(portable_costs(*built_in->model), Json({{"soc", "tensor-g4"}}));
  Json own = soc_file("tensor-g4");
  own["id"] = "mine";
  const auto opened = open_costs({.soc = {}, .soc_file = {}, .profile = {}, .inlined = own});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(portable_costs(*opened->model), Json({{"inline", own}}));
}

TEST(SolvePlan, AnswersOnlyTheLengthsThatAreAskedFor) {
  SolveSources sources;
  PlanSolveParams params;
  params.model.shape = "llama-3.2-1b";
  params.costs.soc = "snapdragon-8-gen-3";
  const auto whole = solve_plan(params, sources);
  ASSERT_TRUE(whole.ok());
  params.lengths = {1, 300};
  const auto part = solve_plan(params, sources);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ((*part)["steps"], (*whole)["steps"]);
  EXPECT_EQ((*part)["plan"]["lengths"].size(), 2U);
  EXPECT_EQ((*part)["plan"]["lengths"][0]["last"].get<int64_t>(), 1);
  for (const Json& placement : (*part)["plan"]["placements"]) EXPECT_TRUE(placement["lost"].empty());
  EXPECT_LT(json_text(*part).size() * 4, json_text(*whole).size());
}

}  // namespace
}  // namespace tandem::rpc
