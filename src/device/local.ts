import { spawn } from "node:child_process";
import { mkdir, open, readFile, rename, stat, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { cancelled } from "../base/cancel";
import { failure, type Result, success } from "../base/result";
import { type AgentChoice, type AgentPlaces, chooseAgent } from "./agentChoice";
import type { AgentProcess, DeployReport, Device, DeviceFacts, DeviceState, ExitReason, PushReport } from "./device";
import { parseMemory, withoutAbsent } from "./facts";
import { sentence } from "./text";

const logBytes = 64 << 10;

/** This computer: the agent is a child process, and models stay where they are. */
export class LocalDevice implements Device {
  readonly id = "local";
  readonly kind = "computer";
  readonly name = "This computer";
  readonly state: DeviceState = { kind: "ready" };

  constructor(
    private readonly places: () => AgentPlaces,
    /** Holds the agent's log. */
    private readonly folder: string,
  ) {}

  async facts(signal: AbortSignal): Promise<Result<DeviceFacts>> {
    const memory = parseMemory(await readFile("/proc/meminfo", "utf8").catch(() => ""));
    const storage = await statfs(os.homedir()).catch(() => undefined);
    if (signal.aborted) return cancelled();
    return success(
      withoutAbsent({
        soc: os.cpus()[0]?.model.trim(),
        model: os.hostname(),
        osVersion: `${os.type()} ${os.release()}`,
        abi: localAbi(),
        memoryBytes: os.totalmem(),
        memoryAvailableBytes: memory.availableBytes ?? os.freemem(),
        storageAvailableBytes: storage === undefined ? undefined : storage.bavail * storage.bsize,
      }),
    );
  }

  async deployAgent(_progress: unknown, signal: AbortSignal): Promise<Result<DeployReport>> {
    const choice = await this.choose(signal);
    if (!choice.ok) return choice;
    const { target, path: file, notes } = choice.value;
    return success({ target, path: file, skipped: true, notes });
  }

  async pushModel(localPath: string, _progress: unknown, signal: AbortSignal): Promise<Result<PushReport>> {
    if (signal.aborted) return cancelled();
    const found = await stat(localPath).catch((error: unknown) => String(error));
    if (typeof found === "string" || !found.isFile()) {
      return failure("model-missing", sentence.modelUnreadable(localPath));
    }
    return success({ path: path.resolve(localPath), bytes: found.size, reusedBytes: found.size, seconds: 0 });
  }

  async startAgent(signal: AbortSignal): Promise<Result<AgentProcess>> {
    const choice = await this.choose(signal);
    if (!choice.ok) return choice;
    await mkdir(this.folder, { recursive: true });
    await rename(this.log, `${this.log}.1`).catch(() => undefined);
    const log = await open(this.log, "w");
    try {
      const child = spawn(choice.value.path, ["serve"], { stdio: ["pipe", "pipe", log.fd] });
      const problem = await new Promise<Error | undefined>((resolve) => {
        child.once("spawn", () => resolve(undefined));
        child.once("error", resolve);
      });
      if (problem !== undefined) {
        return failure("agent-start", sentence.startFailed(this.name), { reason: problem.message });
      }
      const { stdin, stdout } = child;
      if (stdin === null || stdout === null) return failure("agent-start", sentence.startFailed(this.name));
      stdin.on("error", () => undefined); // `exited` tells.
      const exited = new Promise<ExitReason>((resolve) => {
        child.once("exit", (code, killer) => {
          resolve(code === null ? { kind: "signalled", signal: killer ?? "SIGKILL" } : { kind: "exited", code });
        });
      });
      return success({ stdin, stdout, exited, kill: () => void child.kill("SIGKILL") });
    } finally {
      await log.close();
    }
  }

  async readAgentLog(signal: AbortSignal): Promise<Result<string>> {
    if (signal.aborted) return cancelled();
    const text = await readFile(this.log).catch(() => undefined);
    if (text === undefined) return failure("no-log", sentence.noLog(this.name));
    return success(text.subarray(-logBytes).toString("utf8"));
  }

  private get log(): string {
    return path.join(this.folder, "agent.log");
  }

  private async choose(signal: AbortSignal): Promise<Result<AgentChoice>> {
    if (signal.aborted) return cancelled();
    return chooseAgent({ name: this.name, abi: localAbi(), isAndroid: false }, this.places());
  }
}

/** Android's word for this computer's architecture. */
function localAbi(): string {
  return { x64: "x86_64", arm64: "arm64-v8a" }[process.arch as string] ?? process.arch;
}
