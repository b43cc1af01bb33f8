#include "graph/graph.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "gguf/testing.h"
#include "graph/cost.h"
#include "graph/print.h"
#include "graph/slots.h"
#include "model/testing.h"

namespace tandem {
namespace {

using testing_model::tiny_model_bytes;
using testing_model::TinyModel;

struct Built {
  std::string bytes;
  Weights weights;
  Graph graph;
};

Built build(const TinyModel& model, InPlace in_place = InPlace::kElementWise) {
  Built built{tiny_model_bytes(model), {}, {}};
  const auto file = GgufFile::parse(testing_gguf::as_bytes(built.bytes));
  const auto shape = read_hyper_parameters(*file);
  built.weights = find_weights(*file, *shape).value();
  built.graph = build_graph(*shape, built.weights, in_place);
  return built;
}

// Compares with graph/testdata/<name>; UPDATE_GOLDEN=1 rewrites it, a difference leaves <name>.actual beside
// it.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TANDEM_SOURCE) + "/src/graph/testdata/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  if (golden.str() != text) std::ofstream(path + ".actual") << text;
  EXPECT_EQ(golden.str(), text) << "see " << path << ".actual";
}

TEST(Graph, OfEachFamilyReadsAsInItsGoldenFile) {
  for (const Family family : kFamilies) {
    const Built built =
        build({.family = family, .type = TensorType::kQ4_0, .tied = family == Family::kQwen3});
    expect_golden(std::string(family_name(family)) + ".txt", print_graph(built.graph, built.weights));
  }
}

// Runs the graph on slots that hold the id of the value written last, and looks at every read.
void expect_slots_keep_values(const Graph& graph, InPlace in_place) {
  std::map<int32_t, ValueId> content;
  for (const Op& op : graph.ops) {
    for (const ValueId input : op.inputs) {
      if (input == kNoValue) continue;
      const int32_t slot = graph.values[static_cast<size_t>(input)].slot;
      EXPECT_EQ(content[slot], input) << op.name << " reads a slot that was written over";
    }
    if (op.output == kNoValue) continue;
    const Value& out = graph.values[static_cast<size_t>(op.output)];
    EXPECT_LE(out.width, graph.slot_widths[static_cast<size_t>(out.slot)]);
    for (const ValueId input : op.inputs) {
      if (input == kNoValue || graph.values[static_cast<size_t>(input)].slot != out.slot) continue;
      EXPECT_TRUE((may_run_in_place(op.kind, in_place) || op.output == graph.logits) && input == op.inputs[0])
          << op.name << " overwrites its input";
    }
    content[out.slot] = op.output;
  }
  EXPECT_EQ(content[graph.values[static_cast<size_t>(graph.logits)].slot], graph.logits);
}

TEST(Graph, SharesSlotsWithoutLosingAValue) {
  for (const Family family : kFamilies) {
    for (const int64_t layers : {1, 2, 5}) {
      for (const InPlace in_place : {InPlace::kElementWise, InPlace::kResidual})
        expect_slots_keep_values(build({.family = family, .layers = layers}, in_place).graph, in_place);
    }
  }
}

TEST(Graph, NeedsNoMoreSlotsForMoreLayers) {
  EXPECT_EQ(build({.layers = 3}).graph.slot_widths, build({.layers = 6}).graph.slot_widths);
  EXPECT_LE(build({.layers = 6}).graph.slot_widths.size(), 7U);
}

// Logits that are capped stay where they are: elsewhere they would take room for all tokens of a step.
TEST(Graph, CapsLogitsInPlace) {
  for (const InPlace in_place : {InPlace::kElementWise, InPlace::kResidual}) {
    const Graph graph = build({.family = Family::kGemma2}, in_place).graph;
    EXPECT_EQ(graph.ops.back().kind, OpKind::kSoftcap);
    EXPECT_EQ(graph.values[static_cast<size_t>(graph.ops.back().inputs[0])].slot,
              graph.values[static_cast<size_t>(graph.logits)].slot);
  }
}

TEST(Graph, OfGemma3SeesEverythingInEverySixthLayer) {
  const Graph graph = build({.family = Family::kGemma3, .layers = 13}).graph;
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::kAttention && op.kind != OpKind::kRope) continue;
    EXPECT_EQ(op.local, op.layer % 6 != 5) << op.name;
  }
}

TEST(Graph, ComputesOnlyWantedRowsAfterTheLastCacheWrite) {
  const Built built = build({});
  bool after = false;
  for (const Op& op : built.graph.ops) {
    EXPECT_EQ(op.rows == Rows::kLogits, after || op.kind == OpKind::kSelect) << op.name;
    after |= op.kind == OpKind::kSelect;
  }
  EXPECT_TRUE(after);
}

TEST(Cost, CountsMatmulsAndAttention) {
  const Built built = build({.type = TensorType::kF16});
  const StepShape step{.tokens = 8, .position = 100, .logit_rows = 1};
  std::map<std::string, const Op*> ops;
  for (const Op& op : built.graph.ops) ops[op.name] = &op;

  const Op& down = *ops.at("blk.0.ffn_down");
  EXPECT_EQ(op_shape_text(down, step), "[8, 512] × [256, 512]");
  const OpCost matmul = op_cost(built.graph, built.weights, down, step);
  EXPECT_EQ(matmul.flops, 2LL * 8 * 512 * 256);
  EXPECT_EQ(matmul.bytes, 8 * 512 * 4 + 8 * 256 * 4 + 512 * 256 * 2);

  // Token t of 8 sees 101 + t positions; each is a dot product and a weighted sum of 64 elements in 4 heads.
  const OpCost attention = op_cost(built.graph, built.weights, *ops.at("blk.0.attn"), step);
  EXPECT_EQ(attention.flops, 4LL * (8 * 101 + 28) * 256);
  // The last layer attends for one row only, the last, which sees all 108.
  EXPECT_EQ(op_cost(built.graph, built.weights, *ops.at("blk.1.attn"), step).flops, 4LL * 108 * 256);
  EXPECT_EQ(op_shape_text(*ops.at("output_norm"), step), "[1, 256]");
}

TEST(Cost, OfAWindowCountsWhatIsSeen) {
  const Built built = build({.family = Family::kGemma2, .window = 10});
  const auto flops = [&](size_t layer, const StepShape& step) {
    for (const Op& op : built.graph.ops) {
      if (op.name == "blk." + std::to_string(layer) + ".attn")
        return op_cost(built.graph, built.weights, op, step).flops / (4 * 256);
    }
    return int64_t{0};
  };
  // Positions 6 to 13 see 7, 8, 9, 10, 10, 10, 10, 10.
  EXPECT_EQ(flops(0, {.tokens = 8, .position = 6, .logit_rows = 8}), 74);
  EXPECT_EQ(flops(1, {.tokens = 8, .position = 6, .logit_rows = 8}), 8 * 6 + 36);
  EXPECT_EQ(flops(0, {.tokens = 1, .position = 500, .logit_rows = 1}), 10);
  EXPECT_EQ(flops(1, {.tokens = 1, .position = 500, .logit_rows = 1}), 501);
}

}  // namespace
}  // namespace tandem
