import type { CommandId } from "../contributions";

/** What a row stands for; commands on the row get it as their argument. */
export interface RowSubject {
  readonly deviceId?: string;
  readonly modelPath?: string;
  /** Path of the run's trace. */
  readonly runPath?: string;
}

/** A codicon, where needed in one of the colours that Tandem contributes. */
export interface RowIcon {
  readonly name: string;
  readonly color?: "tandem.warn" | "tandem.bad" | "tandem.good";
}

/** One row of a tree, free of VS Code so that what a view says can be tested as data. */
export interface Row {
  /** Unique in its tree, so that rows stay open when the tree changes. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: RowIcon;
  /** Matched by when-clauses of package.json. */
  readonly context?: string;
  readonly subject?: RowSubject;
  readonly command?: CommandId;
  readonly children?: readonly Row[];
  readonly expanded?: boolean;
}
