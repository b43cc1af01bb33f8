import { type Child, element } from "../../shared/dom";
import { thousands } from "../../shared/format";

export interface Column<R> {
  readonly title: Child;
  /** Said by a hover over the title. */
  readonly hint?: string;
  readonly text?: boolean;
  readonly cell: (row: R) => Child;
}

export interface TableInput<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly total?: R;
  /** What Enter or a click on a row does, and how that is called. */
  readonly open?: { readonly label: (row: R) => string; run(row: R): void };
}

/** Rows beyond these are only counted, so that thousands stay readable. */
const mostRows = 200;

/** A table of the dock: text left, numbers right; rows that lead somewhere are buttons. */
export function dockTable<R>({ label, columns, rows, total, open }: TableInput<R>): HTMLElement {
  const cellsOf = (row: R): HTMLElement[] =>
    columns.map(({ text, cell }, index) => {
      const content = cell(row);
      const isLink = index === 0 && open !== undefined && row !== total;
      return element(
        "td",
        { className: text === true ? "" : "number" },
        isLink
          ? element(
              "button",
              {
                className: "plain row-link",
                title: open.label(row),
                onclick: (event) => {
                  event.stopPropagation();
                  open.run(row);
                },
              },
              content,
            )
          : content,
      );
    });
  const hidden = rows.length - mostRows;
  return element(
    "table",
    { attrs: { "aria-label": label } },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...columns.map(({ title, hint, text }) =>
          element(
            "th",
            { className: text === true ? "" : "number", title: hint ?? "", attrs: { scope: "col" } },
            title,
          ),
        ),
      ),
    ),
    element(
      "tbody",
      {},
      ...rows
        .slice(0, mostRows)
        .map((row) =>
          element(
            "tr",
            open === undefined ? {} : { className: "leads", onclick: () => open.run(row) },
            ...cellsOf(row),
          ),
        ),
      hidden > 0 &&
        element(
          "tr",
          { className: "muted" },
          element("td", { attrs: { colspan: String(columns.length) } }, `${thousands(hidden)} more`),
        ),
    ),
    total !== undefined && element("tfoot", {}, element("tr", { className: "total" }, ...cellsOf(total))),
  );
}

/** A bar with the reference as an upright mark. Parts of the longest, 0 to 1. */
export function barCell(part: number, color: string, mark?: number): HTMLElement {
  const place = (at: number): string => `${Math.min(100, Math.max(0, at * 100))}%`;
  return element(
    "span",
    { className: "measure-bar in-table", attrs: { "aria-hidden": "true" } },
    element("i", {
      className: color === "sync" ? "hatch" : "",
      style: { width: place(part), "--fill": color === "wait" ? "var(--idle)" : `var(--tandem-${color})` },
    }),
    mark !== undefined && element("b", { style: { left: place(mark) } }),
  );
}
