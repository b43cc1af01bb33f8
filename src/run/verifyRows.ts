import type { ProcessorKind, VerifyResult, VerifyRow } from "../agent/protocol.gen";

/** All steps of one op on one processor that came out alike. */
export interface VerifiedOp {
  readonly processor: ProcessorKind;
  readonly op: string;
  readonly kind: string;
  /** "576 → 1536" of a matmul, the width of everything else. */
  readonly shape: string;
  readonly type: string | null;
  readonly standsFor: number;
  readonly tokens: readonly number[];
  readonly outcome: VerifyRow["outcome"];
  /** The largest of them; null where a value was no number, or nothing was compared. */
  readonly nmse: number | null;
  readonly maxError: number | null;
  readonly reason: string | null;
}

/** One row for each op, processor and outcome, in the order in which they were compared. */
export function verifiedOps(rows: readonly VerifyRow[]): VerifiedOp[] {
  const groups = new Map<string, VerifyRow[]>();
  for (const row of rows) {
    const key = [row.processor, row.op, row.outcome, row.reason].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { processor, op, kind, type, standsFor, outcome, reason } = first;
    return [
      {
        processor,
        op,
        kind,
        shape: kind === "matmul" ? `${first.k} → ${first.n}` : String(first.n),
        type,
        standsFor,
        tokens: group.map(({ tokens }) => tokens).filter((tokens) => tokens > 0),
        outcome,
        nmse: largest(group.map(({ nmse }) => nmse)),
        maxError: largest(group.map(({ maxError }) => maxError)),
        reason,
      },
    ];
  });
}

export interface VerifyCounts {
  readonly processor: ProcessorKind;
  readonly name: string;
  readonly comparisons: number;
  /** Names of ops, each once. */
  readonly beyond: readonly string[];
  readonly failed: readonly string[];
  readonly refused: readonly string[];
}

/** What was found on each processor that was compared with the CPU. */
export function verifyCounts(result: VerifyResult): VerifyCounts[] {
  return result.processors
    .filter(({ kind }) => kind !== "cpu")
    .map(({ kind, name }) => {
      const rows = result.rows.filter(({ processor }) => processor === kind);
      const ops = (outcome: VerifyRow["outcome"]): string[] => [
        ...new Set(rows.filter((row) => row.outcome === outcome).map(({ op }) => op)),
      ];
      const comparisons = rows.filter(({ outcome }) => outcome === "passed" || outcome === "beyond").length;
      return {
        processor: kind,
        name,
        comparisons,
        beyond: ops("beyond"),
        failed: ops("failed"),
        refused: ops("refused"),
      };
    });
}

/** "GPU (Adreno 750): 62 comparisons, all within the bar", and what is not. */
export function countsSentence(counts: VerifyCounts): string {
  const { beyond, failed, refused } = counts;
  const parts = [counts.comparisons === 1 ? "1 comparison" : `${counts.comparisons} comparisons`];
  if (beyond.length + failed.length === 0) parts.push("all within the bar");
  if (beyond.length > 0) parts.push(`beyond the bar in ${beyond.join(", ")}`);
  if (failed.length > 0) parts.push(`stopped in ${failed.join(", ")}`);
  if (refused.length > 0) parts.push(`refuses ${refused.join(", ")}`);
  return `${counts.processor.toUpperCase()} (${counts.name}): ${parts.join(", ")}`;
}

/** Two figures: "3.2e-6". */
export function errorText(value: number | null): string {
  if (value === null) return "–";
  return value === 0 ? "0" : value.toExponential(1);
}

function largest(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length < values.length ? null : Math.max(...numbers);
}
