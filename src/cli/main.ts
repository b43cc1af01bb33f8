import path from "node:path";
import { CommanderError } from "commander";
import { type ExitCode, exitCode } from "./exit";
import { readInstallation } from "./installation";
import { createProgram } from "./program";
import { processTerminal } from "./terminal";

/** One command line, to its exit code. The first Ctrl+C cancels and keeps what there is; the second ends at once. */
async function main(): Promise<ExitCode> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(exitCode.interrupted);
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A reader that goes away (`tandem run … | head`) ends the run like Ctrl+C.
  process.stdout.on("error", interrupt);

  let code: ExitCode = exitCode.success;
  try {
    const program = createProgram(
      await readInstallation(path.resolve(__dirname, "..")),
      processTerminal(),
      interruption.signal,
      (result) => (code = result),
    );
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCode.success : exitCode.usage;
  }
  return code;
}

main().then(
  // Set, not forced: what is still in the pipes gets written.
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(
      `tandem: a bug in Tandem ended this command: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = exitCode.failure;
  },
);
