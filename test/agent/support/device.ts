import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { silentLog } from "../../../src/base/log";
import { success } from "../../../src/base/result";
import type { Device } from "../../../src/device/device";
import { LocalDevice } from "../../../src/device/local";
import type { RunEnvironment, RunListener, RunRequest } from "../../../src/run/runPrompt";
import { RunStore } from "../../../src/run/runStore";
import { AgentSessions } from "../../../src/run/sessions";
import { type RunSettings, defaultSettings } from "../../../src/run/settings";
import { agentPath, launch, modelPath } from "./agent";

/** Nearly every token is as likely as any other, so a run does not end by itself soon. */
export const rambling: Partial<RunSettings> = { temperature: 10, topK: 0, topP: 1, minP: 0, maxTokens: 400, seed: 7 };

/** What a use case needs, in a folder of its own. */
export class Workplace {
  readonly sessions: AgentSessions;
  readonly store: RunStore;
  readonly device: LocalDevice;

  private constructor(
    readonly folder: string,
    hangSeconds: number | undefined,
  ) {
    this.sessions = new AgentSessions({ clientVersion: "test", ...(hangSeconds === undefined ? {} : { hangSeconds }) });
    this.store = new RunStore(path.join(folder, "runs"));
    this.device = new LocalDevice(() => ({ setting: agentPath, folder: process.cwd() }), path.join(folder, "device"));
  }

  static async make(hangSeconds?: number): Promise<Workplace> {
    return new Workplace(await mkdtemp(path.join(tmpdir(), "tandem-work-")), hangSeconds);
  }

  get environment(): RunEnvironment {
    return { sessions: this.sessions, store: this.store, log: silentLog };
  }

  request(more: Partial<Omit<RunRequest, "settings">> & { readonly settings?: Partial<RunSettings> } = {}): RunRequest {
    return {
      device: this.device,
      model: modelPath() ?? "",
      messages: [{ role: "user", content: "What is prefill?" }],
      ...more,
      settings: { ...defaultSettings, maxTokens: 24, ...more.settings },
    };
  }

  async end(): Promise<void> {
    await this.sessions.endAll();
    this.sessions.dispose();
    this.store.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** This computer with another program in the agent's place: a real process that misbehaves. */
export function withProgram(device: Device, program: string, args: readonly string[]): Device {
  return {
    id: `program:${args.join(" ")}`,
    name: "Pixel 9",
    kind: device.kind,
    state: device.state,
    facts: (signal) => device.facts(signal),
    deployAgent: () => Promise.resolve(success({ target: "linux-x64", path: program, skipped: true, notes: [] })),
    pushModel: (file, progress, signal) => device.pushModel(file, progress, signal),
    startAgent: () => Promise.resolve(success(launch(program, args))),
    readAgentLog: () => Promise.resolve(success("the last line of its log\n")),
  };
}

/** Collects what a run tells; `onToken` may act in the middle of it. */
export function listenTo(onToken: (index: number) => void = () => undefined): RunListener & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    progress: () => undefined,
    token: ({ text, index }) => {
      texts.push(text);
      onToken(index);
    },
  };
}
