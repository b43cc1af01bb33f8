#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "plan/plan.h"

namespace tandem {
namespace {

// Layers of one op that are placed alike, or one op outside layers.
struct Line {
  std::string name;  // Without its layer.
  int32_t first_layer = -1, last_layer = -1;
  const Placement* placement = nullptr;
  int64_t n = 0;
};

std::string short_name(const Op& op) {
  if (op.layer < 0) return op.name;
  const size_t dot = op.name.find('.', std::string("blk.").size());
  return dot == std::string::npos ? op.name : op.name.substr(dot + 1);
}

std::vector<Line> fold_layers(const Graph& graph, const Plan& plan, const LengthPlan& length) {
  std::vector<Line> lines;
  std::map<std::string, size_t> last_of;  // The line that the layer above added for this name.
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    if (op.kind != OpKind::kMatmul) continue;
    const Placement* placement = &plan.placement(length, static_cast<OpId>(i));
    const std::string name = short_name(op);
    const auto above = last_of.find(name);
    if (op.layer >= 0 && above != last_of.end()) {
      Line& line = lines[above->second];
      if (line.placement == placement && line.last_layer + 1 == op.layer) {
        line.last_layer = op.layer;
        continue;
      }
    }
    last_of[name] = lines.size();
    lines.push_back({name, op.layer, op.layer, placement, op.n});
  }
  return lines;
}

std::string layers_text(const Line& line) {
  if (line.first_layer < 0) return line.name;
  std::string text = "blk." + std::to_string(line.first_layer);
  if (line.last_layer != line.first_layer) text += "-" + std::to_string(line.last_layer);
  return text + "." + line.name;
}

std::string pieces_text(const Candidate& candidate) {
  std::string text;
  for (const int64_t piece : candidate.pieces) text += (text.empty() ? "" : "+") + std::to_string(piece);
  return text.empty() ? "-" : text;
}

std::string us_text(double us) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f", us);
  return text.data();
}

std::string ms_text(double us) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f ms", us / 1e3);
  return text.data();
}

std::string pad_right(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string pad_left(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

void print_line(const Line& line, std::string& out) {
  const Candidate& won = line.placement->chosen;
  out += "  " + pad_right(layers_text(line), 22) + pad_right(std::string(strategy_name(won.strategy)), 11) +
         pad_left(std::to_string(won.npu_rows), 7) + "/" + pad_right(std::to_string(line.n), 8) +
         pad_right(pieces_text(won), 16) + pad_left(us_text(won.primary_us), 8) +
         pad_left(us_text(won.npu_us), 8) + pad_left(us_text(won.sync_us), 6) +
         pad_left(us_text(won.total_us), 8) + "  " + std::string(cause_name(line.placement->cause));
  if (!line.placement->lost.empty()) {
    const Candidate& next = line.placement->lost.front();
    out += " (" + std::string(strategy_name(next.strategy)) + " " + us_text(next.total_us) + ")";
  }
  out += "\n";
}

}  // namespace

std::string print_plan(const Graph& graph, const Plan& plan) {
  std::string out = "plan by " + plan.cost_model + " (" + std::string(origin_name(plan.origin)) +
                    "), primary " + std::string(processor_kind_name(plan.primary)) +
                    (plan.has_npu ? " with npu" : "") + "\n";
  out += std::to_string(plan.graphs.size()) + " npu graphs, " +
         std::to_string((plan.graph_bytes + 500000) / 1000000) + " MB, compile " +
         ms_text(plan.compile_ms * 1e3) + "\n";
  for (const std::string& note : plan.notes) out += "note: " + note + "\n";
  for (const LengthPlan& length : plan.lengths) {
    out += "\n" + std::to_string(length.first) +
           (length.first == length.last ? "" : "-" + std::to_string(length.last)) +
           " tokens: " + ms_text(length.step_us) + " at " + std::to_string(length.length) +
           ", primary busy " + ms_text(length.primary_busy_us) + ", npu busy " + ms_text(length.npu_busy_us) +
           "\n";
    out += "  " + pad_right("op", 22) + pad_right("strategy", 11) + pad_left("npu", 7) +
           pad_right("/rows", 9) + pad_right("graphs", 16) + pad_left("primary", 8) + pad_left("npu", 8) +
           pad_left("sync", 6) + pad_left("us", 8) + "  cause (best loser)\n";
    for (const Line& line : fold_layers(graph, plan, length)) print_line(line, out);
  }
  return out;
}

}  // namespace tandem
