import type { SliceName } from "./trace";

/** Kinds of work, in the order in which a layer does them. Tables sum by these; `op kind` colours by them. */
export const workGroups = [
  "Embedding",
  "Attention projections",
  "Attention core, RoPE, KV",
  "FFN gate, up",
  "FFN down",
  "Norms, activation, add",
  "Output",
  "Sampling",
  "Other",
] as const;

export type WorkGroup = (typeof workGroups)[number];

export function workGroup(name: SliceName): WorkGroup {
  const { op, kind } = name;
  if (/^output(?!_norm)/.test(op)) return "Output";
  if (/^ffn_(gate|up)/.test(op)) return "FFN gate, up";
  if (op.startsWith("ffn_down")) return "FFN down";
  switch (kind) {
    case "embed":
      return "Embedding";
    case "attention":
    case "rope":
    case "kv_append":
      return "Attention core, RoPE, KV";
    case "norm":
    case "activation":
    case "add":
    case "select":
      return "Norms, activation, add";
    case "sample":
      return "Sampling";
    case "matmul":
      return "Attention projections";
    default:
      return "Other";
  }
}
