import { randomBytes } from "node:crypto";
import { type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import { runShell } from "./adbShell";
import type { AgentTarget } from "./agentChoice";
import { phoneFolder } from "./deploy";
import type { AgentProcess, ExitReason } from "./device";

/** How long the phone may take to say how an agent ended. */
const exitPatienceMs = 5000;

/** Starts `tandem-agent serve` over `exec:`. Its pid and exit code are left in files, because exec: tells neither. */
export async function startAgentOnPhone(
  adb: Adb,
  target: AdbTarget,
  agent: AgentTarget,
  signal: AbortSignal,
): Promise<Result<AgentProcess>> {
  const token = randomBytes(6).toString("hex");
  const opened = await adb.open(target, `exec:${startCommand(agent, token)}`, signal);
  if (!opened.ok) return opened;
  const socket = opened.value;
  let killed = false;
  const ended = new Promise<void>((resolve) => {
    socket.once("end", () => resolve());
    socket.once("close", () => resolve());
  });
  const ask = (command: string): ReturnType<typeof runShell> =>
    runShell(adb, target, command, AbortSignal.timeout(exitPatienceMs));
  return success({
    stdin: socket,
    stdout: socket,
    exited: ended.then(async () => {
      const answer = await ask(exitCommand(token));
      if (!answer.ok) return { kind: "connection-lost" };
      return killed ? { kind: "signalled", signal: "SIGKILL" } : exitReason(answer.value.stdout);
    }),
    kill() {
      if (killed) return;
      killed = true;
      // An agent that hangs does not see the end of its input.
      void ask(`kill -9 $(cat ${phoneFolder}/run/${token}.pid)`).finally(() => socket.destroy());
    },
  });
}

const libraryFolder = `${phoneFolder}/lib`;

/** Where the agent on a phone looks for the libraries of drivers, in this order. */
export const librarySearch: readonly string[] = [libraryFolder, "/system/lib64", "/vendor/lib64"];

/** Android's own libraries come first; the NPU's are found through ADSP_LIBRARY_PATH. A Linux build needs neither. */
export function agentEnvironment(agent: AgentTarget): string {
  if (agent !== "android-arm64") return "";
  return (
    `export LD_LIBRARY_PATH=${librarySearch.join(":")}\n` +
    `export ADSP_LIBRARY_PATH="${libraryFolder};/vendor/lib/rfsa/adsp;/vendor/dsp/cdsp;/vendor/dsp"\n`
  );
}

/**
 * The log of the run before is kept as `agent.log.1`. Nothing but the agent writes to stdout; the outer shell stays, to
 * write the exit code down.
 */
function startCommand(agent: AgentTarget, token: string): string {
  return [
    `cd ${phoneFolder} 2>/dev/null && [ -x tandem-agent ] || exit 127`,
    "mv -f agent.log agent.log.1 2>/dev/null",
    "exec 2>agent.log",
    "find run -type f -mtime +1 -exec rm -f {} +",
    `${agentEnvironment(agent)}sh -c 'echo $$ > run/${token}.pid; exec ./tandem-agent serve'`,
    `echo $? > run/${token}.exit`,
  ].join("\n");
}

function exitCommand(token: string): string {
  return [
    `cd ${phoneFolder} 2>/dev/null && [ -x tandem-agent ] || { echo 127; exit; }`,
    `cat run/${token}.exit 2>/dev/null || echo lost`,
    `rm -f run/${token}.*`,
  ].join("\n");
}

/** Linux's numbers; those of this computer may differ. */
const signals: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  15: "SIGTERM",
  31: "SIGSYS",
};

/** From the exit code that the shell wrote down; no code means that the phone went away under it. */
export function exitReason(written: string): ExitReason {
  if (!/^\d+\s*$/.test(written)) return { kind: "connection-lost" };
  const code = Number(written);
  if (code > 128) return { kind: "signalled", signal: signals[code - 128] ?? `signal ${code - 128}` };
  return { kind: "exited", code };
}
