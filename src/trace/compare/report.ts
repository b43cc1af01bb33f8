import type { Comparison } from "./compare";
import { passChange } from "./sentence";

const shownRows = 20;

/** A comparison as Markdown, to be pasted into a review. */
export function compareMarkdown(files: { readonly a: string; readonly b: string }, comparison: Comparison): string {
  const { passes, byOp, caveats } = comparison;
  const lines = [`**${comparison.sentence}**`, "", `A: \`${files.a}\`, B: \`${files.b}\``, ""];
  for (const caveat of caveats) lines.push(`- ${caveat}`);
  if (caveats.length > 0) lines.push("");
  lines.push("| pass | A ms a step | B ms a step | B − A | beyond noise |", "| --- | ---: | ---: | ---: | --- |");
  for (const pass of passes) {
    const { a, b } = pass;
    const beyond = passChange(pass, byOp.rows) !== 0;
    lines.push(row(pass.pass, ms(a.stepNs), ms(b.stepNs), percent(a.stepNs, b.stepNs), beyond ? "yes" : "no"));
  }
  lines.push(
    "",
    "| pass | op | A ms | B ms | B − A | beyond noise | plan |",
    "| --- | --- | ---: | ---: | ---: | --- | --- |",
  );
  for (const op of byOp.rows.slice(0, shownRows)) {
    const [change] = op.planChanges;
    const beyond = op.significant === undefined ? "unknown" : op.significant ? "yes" : "no";
    const plan = change === undefined ? "same" : `${change.from} → ${change.to}`;
    lines.push(row(op.pass, op.label, ms(op.aNs), ms(op.bNs), percent(op.aNs, op.bNs), beyond, plan));
  }
  return `${lines.join("\n")}\n`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(3);

function percent(from: number, to: number): string {
  if (from === 0) return "–";
  const change = 100 * (to / from - 1);
  return `${change > 0 ? "+" : ""}${change.toFixed(1)} %`;
}
