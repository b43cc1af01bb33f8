import { causeSentence } from "./words";
import type { Candidate, Placement, Plan, PlanOp } from "./types";

export interface PlacementSubject {
  readonly op: Pick<PlanOp, "n" | "type">;
  readonly placement: Placement;
  /** Of the step. */
  readonly tokens: number;
  readonly plan: Pick<Plan, "settings" | "primary">;
}

/**
 * What a placement does with this many tokens and rows, why it won, and what its rivals would waste, in a few
 * sentences with the numbers. Source of the rules: solver, `plan/causes.cc` of the agent.
 */
export function placementWords(subject: PlacementSubject): string {
  const { op, placement, tokens, plan } = subject;
  const { chosen, cause } = placement;
  if (cause === "not-a-matmul") return causeSentence(cause, chosen, plan);
  const sentences = [whereItRuns(chosen, op.n, tokens, plan)];
  if (cause === "type-not-on-npu" && op.type !== null) sentences.push(`The NPU has no kernel for ${op.type} weights.`);
  else if (cause !== "fastest") sentences.push(causeSentence(cause, chosen, plan));
  const waste = whatPaddingWastes(placement, tokens);
  if (waste !== undefined) sentences.push(waste);
  if (cause === "fastest") sentences.push(byHowMuch(placement));
  return sentences.join(" ");
}

/** How the work is cut, as a label: `256 + 32 | 12`, `1 344 : 2 752 rows`, `300 in 512`, `all GPU`. */
export function splitText(candidate: Candidate, n: number, tokens: number): string {
  const { strategy, npuRows, pieces } = candidate;
  const graphs = pieces.map(count).join(" + ");
  const covered = sum(pieces);
  switch (strategy) {
    case "activation":
      return `${graphs} | ${count(Math.max(0, tokens - covered))}`;
    case "weight":
      return ratioText(n - npuRows, npuRows);
    case "hybrid":
      return `${ratioText(n - npuRows, npuRows)} in ${graphs}`;
    case "pad":
      return `${count(tokens)} in ${graphs}`;
    case "npu":
      return "all NPU";
    default:
      return `all ${strategy.toUpperCase()}`;
  }
}

/** Tokens that the NPU computes for nothing, since its graphs are longer than the step. */
export function paddedTokens(candidate: Candidate, tokens: number): number {
  return candidate.npuRows === 0 ? 0 : Math.max(0, sum(candidate.pieces) - tokens);
}

/** Part of the rows, or of the tokens, that the primary computes, 0 to 1. */
export function primaryShare(candidate: Candidate, n: number, tokens: number): number {
  if (candidate.npuRows === 0 || n === 0) return 1;
  if (candidate.strategy === "activation") return Math.max(0, 1 - sum(candidate.pieces) / Math.max(1, tokens));
  return 1 - candidate.npuRows / n;
}

function whereItRuns(chosen: Candidate, n: number, tokens: number, plan: PlacementSubject["plan"]): string {
  const primary = plan.primary.toUpperCase();
  const { strategy, npuRows, pieces } = chosen;
  const covered = sum(pieces);
  const graphs = listed(pieces.map(count));
  const standard = plan.settings.standardLengths ?? [];
  const notStandard =
    standard.length > 0 && !standard.includes(tokens) ? `${count(tokens)} is not a standard length. ` : "";
  const nothing = paddedTokens(chosen, tokens);
  switch (strategy) {
    case "npu":
      return pieces.length > 1
        ? `All of it runs on the NPU, in graphs for ${graphs} tokens one after the other.`
        : `${count(tokens)} is a standard length, and all of it runs in that NPU graph.`;
    case "pad":
      return `${notStandard}All of it runs on the NPU, in ${graphsOf(pieces)}; ${count(nothing)} of the ${count(covered)} tokens are padding, computed for nothing.`;
    case "weight":
      return `Both compute all tokens at once: the ${primary} the first ${count(n - npuRows)} of ${count(n)} output features, the NPU the other ${count(npuRows)}.`;
    case "hybrid":
      return `${notStandard}The ${primary} computes the first ${count(n - npuRows)} of ${count(n)} output features without padding; the NPU computes the other ${count(npuRows)} at the same time in ${graphsOf(pieces)}, ${count(nothing)} tokens of it for nothing.`;
    case "activation": {
      const rest = Math.max(0, tokens - covered);
      const turns =
        pieces.length > 1
          ? `${graphs} tokens run on prebuilt NPU graphs, one after the other`
          : `${graphs} tokens run on a prebuilt NPU graph`;
      return `${notStandard}${turns}; the ${primary} takes the last ${count(rest)} at the same time.`;
    }
    default:
      return `All of it runs on the ${strategy.toUpperCase()}.`;
  }
}

/** "Padding to 512 would compute 212 tokens for nothing." Only where something else was chosen. */
function whatPaddingWastes({ chosen, lost }: Placement, tokens: number): string | undefined {
  if (chosen.strategy !== "activation") return undefined;
  const pad = lost.find(({ strategy }) => strategy === "pad");
  const wasted = pad === undefined ? 0 : paddedTokens(pad, tokens);
  if (pad === undefined || wasted === 0) return undefined;
  return `Padding to ${count(sum(pad.pieces))} would compute ${count(wasted)} tokens for nothing.`;
}

function byHowMuch({ chosen, lost }: Placement): string {
  const next = lost[0];
  if (next === undefined) return "Nothing else can run it.";
  const slower = next.totalUs / chosen.totalUs - 1;
  // Along the chain a placement may win that is a little slower by itself: it saves a join, or suits the next op.
  if (Math.abs(slower) < 0.0005)
    return `By itself ${next.strategy} takes as long; along the chain of ops this one does better.`;
  if (slower <= 0)
    return `By itself ${next.strategy} would be ${percentText(-slower)} faster; along the chain of ops this is.`;
  return `The next best, ${next.strategy}, would take ${percentText(slower)} longer.`;
}

function graphsOf(pieces: readonly number[]): string {
  return pieces.length === 1 ? `a graph for ${count(pieces[0] ?? 0)}` : `graphs for ${listed(pieces.map(count))}`;
}

/** "256", "256 and 32", "256, 128 and 32". */
function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** `1 : 4`, `3 : 1`, from the ratio of small numbers that is nearest. */
function ratioText(primary: number, npu: number): string {
  const share = primary / Math.max(1, primary + npu);
  let best = { a: 1, b: 1, error: Infinity };
  for (let whole = 2; whole <= 10; whole++) {
    for (let a = 1; a < whole; a++) {
      const error = Math.abs(a / whole - share);
      // A ratio of larger numbers has to be clearly nearer.
      if (error < best.error - 0.004) best = { a, b: whole - a, error };
    }
  }
  return best.error > 0.06 ? `${Math.round(share * 100)} : ${Math.round((1 - share) * 100)}` : `${best.a} : ${best.b}`;
}

function percentText(part: number): string {
  const value = part * 100;
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))}\u202f%`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Thousands apart, as everywhere on the screen. */
function count(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
