#include "graph/print.h"

#include <array>
#include <sstream>

namespace tandem {
namespace {

std::string value_text(ValueId id) { return std::string("%").append(std::to_string(id)); }

void print_op(std::ostream& out, const Graph& graph, const Weights& weights, const Op& op) {
  const char* rows = op.rows == Rows::kTokens ? "M" : "L";
  if (op.output != kNoValue) out << value_text(op.output) << " = ";
  out << op_kind_name(op.kind) << ' ' << op.name << '(';
  const char* separator = "";
  for (const ValueId input : op.inputs) {
    if (input == kNoValue) continue;
    out << separator << value_text(input);
    separator = ", ";
  }
  out << ") [" << rows << ", " << (op.kind == OpKind::kMatmul ? op.k : op.n) << "]";
  if (op.kind == OpKind::kMatmul) out << " × [" << op.n << ", " << op.k << "]";
  if (op.heads > 0) out << " heads " << op.heads;
  if (op.local && op.kind == OpKind::kAttention) out << " window " << graph.shape.window;
  if (op.local && op.kind == OpKind::kRope) out << " local";
  if (op.weight != kNoWeight) {
    out << ' ' << weights.name(op.weight) << ' ' << type_traits(weights.view(op.weight).type).name;
  }
  if (op.bias != kNoWeight) out << " + " << weights.name(op.bias);
  if (op.output != kNoValue) out << " slot " << graph.values[static_cast<size_t>(op.output)].slot;
  out << '\n';
}

}  // namespace

const char* op_kind_name(OpKind kind) {
  switch (kind) {
    case OpKind::kEmbed:
      return "embed";
    case OpKind::kNorm:
    case OpKind::kHeadNorm:
      return "norm";
    case OpKind::kMatmul:
      return "matmul";
    case OpKind::kRope:
      return "rope";
    case OpKind::kKvAppend:
      return "kv_append";
    case OpKind::kSelect:
      return "select";
    case OpKind::kAttention:
      return "attention";
    case OpKind::kSwiglu:
    case OpKind::kGeglu:
    case OpKind::kSoftcap:
      return "activation";
    case OpKind::kAdd:
      return "add";
  }
  return "unknown";
}

std::string print_graph(const Graph& graph, const Weights& weights) {
  std::ostringstream out;
  const HyperParameters& shape = graph.shape;
  out << family_name(shape.family) << ' ' << shape.layers << " layers, embedding " << shape.embedding
      << ", heads " << shape.heads << " / " << shape.kv_heads << " x " << shape.head_dim << ", vocabulary "
      << shape.vocabulary << '\n';
  for (const Op& op : graph.ops) print_op(out, graph, weights, op);
  out << "slots";
  for (const int64_t width : graph.slot_widths) out << ' ' << width;
  out << '\n';
  return out.str();
}

}  // namespace tandem
