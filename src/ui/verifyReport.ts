import { inSentence } from "../base/words";
import type { VerifyOutcome } from "../run/verifyModel";
import { countsSentence, errorText, verifiedOps, verifyCounts } from "../run/verifyRows";
import { formatSeconds } from "../base/units";

/** What `verify` found, as Markdown: the verdict first, then what is wrong, then every comparison. */
export function verifyReport({ result, model }: VerifyOutcome, deviceName: string): string {
  const { header } = model;
  const verdict = result.passed ? "passed" : result.complete ? "**failed**" : "stopped before the end";
  const [cpu] = result.processors;
  const lines = [
    `# ${header.name} ${header.type} on ${inSentence(deviceName)}: ${verdict}`,
    "",
    `Each kind of op, and each shape and weight type of the matmuls, on the same inputs as on the CPU (${cpu?.name ?? "–"}). Measured in ${formatSeconds(result.elapsedMs / 1000)}; a comparison passes at an NMSE of ${errorText(result.bar)} or less.`,
    "",
    ...verifyCounts(result).map((counts) => `- ${countsSentence(counts)}`),
  ];
  const ops = verifiedOps(result.rows);
  const wrong = ops.filter(({ outcome }) => outcome !== "passed");
  if (wrong.length > 0) {
    lines.push("", "## Not passed", "", "| op | on | result | why |", "| --- | --- | --- | --- |");
    for (const row of wrong) {
      lines.push(`| ${row.op} | ${row.processor.toUpperCase()} | ${row.outcome} | ${row.reason ?? ""} |`);
    }
  }
  lines.push(
    "",
    "## Every comparison",
    "",
    "| op | kind | like it | shape | type | on | tokens | NMSE | max error | result |",
    "| --- | --- | ---: | ---: | --- | --- | --- | ---: | ---: | --- |",
  );
  for (const row of ops) {
    const figures = [row.tokens.join(" "), errorText(row.nmse), errorText(row.maxError)];
    const cells = [row.op, row.kind, String(row.standsFor), row.shape, row.type ?? "–", row.processor.toUpperCase()];
    lines.push(`| ${[...cells, ...figures, row.outcome].join(" | ")} |`);
  }
  lines.push("", "The largest error is in root mean squares of the CPU's output.", "");
  return lines.join("\n");
}
