import path from "node:path";
import { readInstallation } from "../installation";
import { exitCode, exitCodeOf } from "../exit";
import { bold, dim, processTerminal } from "../terminal";
import { type RenderTimeline, runDemo } from "./demo";

/** The demo as scripts/demo.mjs calls it, once everything is built. Returns the exit code. */
export async function main(render: RenderTimeline): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(exitCode.interrupted);
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const installation = await readInstallation(path.resolve(__dirname, ".."));
  const terminal = processTerminal();
  const folder = path.join(installation.folder, "build/demo");
  const done = await runDemo({ installation, folder, terminal, render }, interruption.signal);
  process.off("SIGINT", interrupt);
  process.off("SIGTERM", interrupt);
  if (done.ok) return exitCode.success;
  const { code, message } = done.failure;
  terminal.notes.write(`\n${bold(terminal, "tandem:")} ${message} ${dim(terminal, `(${code})`)}\n`);
  return exitCodeOf(done.failure);
}
