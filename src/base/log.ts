export type LogLevel = "error" | "warning" | "info" | "debug";

/** Where lines for developers go: the output channel in the editor, stderr in the CLI, nowhere in most tests. */
export interface Log {
  write(level: LogLevel, message: string): void;
}

export const silentLog: Log = { write: () => undefined };
