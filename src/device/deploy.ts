import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ProgressListener } from "../base/progress";
import { failure, type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import { quoted, runShell } from "./adbShell";
import type { AgentChoice } from "./agentChoice";
import type { DeployReport } from "./device";
import { syncPush } from "./syncPush";
import { sentence } from "./text";

/** Everything that Tandem puts on a phone is in here. */
export const phoneFolder = "/data/local/tmp/tandem";
export const agentOnPhone = `${phoneFolder}/tandem-agent`;

/**
 * Puts the agent on a phone where a different one, or none, is there: pushed under another name, checked, and renamed,
 * so that there is never half an agent under its own name.
 */
export async function deploy(
  adb: Adb,
  target: AdbTarget,
  choice: AgentChoice,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<DeployReport>> {
  const report = (skipped: boolean): DeployReport => ({
    target: choice.target,
    path: agentOnPhone,
    skipped,
    notes: choice.notes,
  });
  let local: LocalAgent;
  try {
    local = await readLocalAgent(choice.path);
  } catch (error) {
    return failure("agent-missing", sentence.agentUnreadable(choice.path), { reason: String(error) });
  }
  const before = await runShell(adb, target, stateCommand, signal);
  if (!before.ok) return before;
  const state = parseState(before.value.stdout);
  if (state.hash === local.hash) return success(report(true));
  if (state.freeBytes !== undefined && state.freeBytes < local.bytes) {
    return failure("disk-full", sentence.diskFull("The agent", target.name, local.bytes, state.freeBytes));
  }

  const temporary = `${agentOnPhone}.${local.hash.slice(0, 8)}.new`;
  const onSent = (done: number): void =>
    progress({ stage: `Deploying the agent to ${target.name}`, done, total: local.bytes, unit: "bytes" });
  onSent(0);
  const pushed = await syncPush(adb, target, choice.path, temporary, 0o755, onSent, signal);
  if (!pushed.ok) {
    if (pushed.failure.code !== "disk-full") return pushed;
    const needed = sentence.diskFull("The agent", target.name, local.bytes, state.freeBytes ?? 0);
    return failure("disk-full", needed, pushed.failure.context);
  }
  const placed = await runShell(adb, target, placeCommand(temporary, local.hash), signal);
  if (!placed.ok) return placed;
  if (placed.value.code === damaged) return failure("agent-damaged", sentence.agentTransferBroken(target.name));
  if (placed.value.code !== 0) {
    return failure("deploy-failed", sentence.deployFailed(target.name), { shell: placed.value.stderr });
  }
  return success(report(false));
}

export interface LocalAgent {
  readonly bytes: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

const known = new Map<string, LocalAgent & { readonly modifiedMs: number }>();

/** Size and hash of a file, read again only when it has changed. */
export async function readLocalAgent(file: string): Promise<LocalAgent> {
  const { size, mtimeMs } = await stat(file);
  const before = known.get(file);
  if (before !== undefined && before.bytes === size && before.modifiedMs === mtimeMs) return before;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const agent = { bytes: size, hash: hash.digest("hex"), modifiedMs: mtimeMs };
  known.set(file, agent);
  return agent;
}

/**
 * Makes the folder and prints the agent's hash and the free space. Phones without `sha256sum` print the hash that was
 * written down when the agent was put in place.
 */
const stateCommand = [
  `mkdir -p ${phoneFolder}/models ${phoneFolder}/run`,
  `cd ${phoneFolder} || exit 1`,
  "if [ -x tandem-agent ]; then",
  "if command -v sha256sum >/dev/null 2>&1; then echo hash $(sha256sum < tandem-agent);",
  "else echo hash $(cat tandem-agent.sha256 2>/dev/null); fi; fi",
  "echo free $(df -k . 2>/dev/null | tail -n 1)",
].join("\n");

/** Exit code of `placeCommand` where what arrived is not what was sent. */
const damaged = 65;

function placeCommand(temporary: string, hash: string): string {
  return [
    `cd ${phoneFolder} || exit 1`,
    `if command -v sha256sum >/dev/null 2>&1; then`,
    `set -- $(sha256sum < ${quoted(temporary)})`,
    `[ "$1" = ${hash} ] || { rm -f ${quoted(temporary)}; exit ${damaged}; }; fi`,
    `chmod 755 ${quoted(temporary)} && mv -f ${quoted(temporary)} tandem-agent && echo ${hash} > tandem-agent.sha256`,
  ].join("\n");
}

function parseState(text: string): { readonly hash?: string; readonly freeBytes?: number } {
  const hash = /^hash ([0-9a-f]{64})/m.exec(text)?.[1];
  const free = /^free .*?(\d+)\s+\d+%/m.exec(text)?.[1];
  return {
    ...(hash === undefined ? {} : { hash }),
    ...(free === undefined ? {} : { freeBytes: Number(free) * 1024 }),
  };
}
