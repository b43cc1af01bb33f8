import type { Candidate, Cause, Plan, Strategy } from "../agent/protocol.gen";

/** What a strategy does, for a hover or a legend. */
export const strategyWords: Readonly<Record<Strategy, string>> = {
  cpu: "All of it on the CPU.",
  gpu: "All of it on the GPU.",
  npu: "All of it on the NPU, at a length that it has graphs for.",
  pad: "All of it on the NPU, the tokens padded to the next standard length.",
  weight: "Output features on both at once: the GPU the first ones, the NPU the rest.",
  activation: "Tokens on both at once: standard lengths on the NPU, the rest on the GPU.",
  hybrid: "Output features on both at once, the NPU's tokens padded to a standard length.",
};

/** Why a placement won, in one sentence that needs no other. */
export function causeSentence(cause: Cause, chosen: Candidate, plan: Pick<Plan, "settings" | "primary">): string {
  const primary = plan.primary.toUpperCase();
  switch (cause) {
    case "not-a-matmul":
      return `Only the ${primary} runs this kind of op.`;
    case "no-npu":
      return "There is no NPU that can run it.";
    case "fastest":
      return "It has the least predicted time.";
    case "least-energy":
      return "It has the least predicted energy, which is the objective.";
    case "bandwidth-adds":
      return `It waits for memory, and the ${primary} and the NPU together read faster than either alone.`;
    case "npu-slow-on-this-shape":
      return `The NPU is slow on this shape: the ${primary} alone is faster than any split.`;
    case "below-npu-minimum":
      return `The step has fewer tokens than the NPU's least, ${plan.settings.minNpuTokens ?? 1}.`;
    case "join-not-worth-it":
      return "A split would compute faster, but waiting for the other processor would cost more than it gains.";
    case "graph-budget-spent":
      return "The NPU's graphs are at the bound of the settings, and this op gains least from one.";
    case "gpu-share-cap":
      return "The GPU may not be busy for longer, so that the screen stays smooth.";
    case "strategy-not-allowed":
      return "A strategy that is faster here is switched off in the settings.";
    case "type-not-on-npu":
      return "The NPU has no kernel for this type of weight.";
    case "npu-refused-shape":
      return "The NPU's driver would not compile this shape.";
    case "override":
      return `A setting places it so: ${chosen.strategy}.`;
  }
}

/** What a reader can do about a cause, in one sentence; undefined where the placement is the best there is. */
export function causeRemedy(cause: Cause): string | undefined {
  switch (cause) {
    case "no-npu":
      return "A device whose NPU Tandem can use would share this op.";
    case "bandwidth-adds":
      return "Fewer bits per weight would make it faster: it waits for memory.";
    case "below-npu-minimum":
      return "A lower least number of tokens for the NPU would let it take part.";
    case "join-not-worth-it":
      return "Fast joins, where the device has them, would make a split pay.";
    case "graph-budget-spent":
      return "A larger budget of NPU graphs would give it one.";
    case "gpu-share-cap":
      return "A higher cap of the GPU's share would free the GPU for it.";
    case "strategy-not-allowed":
      return "Allow that strategy in the settings to use it.";
    case "type-not-on-npu":
      return "Requantise this weight to a type that the NPU runs, such as Q4_0, to use the NPU.";
    case "override":
      return "Remove the override to let the solver choose.";
    default:
      return undefined;
  }
}

/** The share of the NPU in the work of a placement, 0 to 1, by rows or by tokens. */
export function npuShare(candidate: Candidate, n: number, tokens: number): number {
  if (candidate.npuRows === 0 || n === 0) return 0;
  if (candidate.strategy !== "activation") return candidate.npuRows / n;
  const pieces = candidate.pieces.reduce((sum, piece) => sum + piece, 0);
  return Math.min(1, pieces / Math.max(1, tokens));
}
