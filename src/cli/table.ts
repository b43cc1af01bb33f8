/** A column of a table: right-aligned where it holds figures. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Plain text in aligned columns, two spaces apart. */
export function plainTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(columns, rows);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)].map((text) => `${text}\n`).join("");
}

/** A Markdown table, aligned for reading as it is, as llama-bench prints. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(columns, rows);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align)).join(" | ")} |\n`;
  const rule = columns.map((column, at) => {
    const dashes = "-".repeat(Math.max(widths[at] ?? 0, 3));
    return column.align === "right" ? `${dashes}:` : `-${dashes}`;
  });
  return `${line(columns.map((column) => column.title))}|${rule.map((dashes) => ` ${dashes.slice(1)} `).join("|")}|\n${rows.map(line).join("")}`;
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map((column, at) => Math.max(column.title.length, ...rows.map((row) => row[at]?.length ?? 0), 3));
}

function pad(text: string, width: number, align: Column["align"]): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}
