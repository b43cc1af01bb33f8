import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import type { AgentProcess, ExitReason } from "../../../src/device/device";
import { AgentSession } from "../../../src/agent/session";
import { type Tapped, tap } from "./tap";

/** TANDEM_TEST_AGENT names another build, for example one with a sanitizer. */
export const agentPath = path.resolve(process.env["TANDEM_TEST_AGENT"] ?? "build/host-release/bin/tandem-agent");
const demoModel = path.resolve("media/demo-model/tandem-demo.gguf");
const storiesModel = path.resolve("../shared/data/stories260K/stories260K-f32.gguf");

export const never: AbortSignal = new AbortController().signal;

/** Skips the suite, with its reason, where the agent or a model is not there. */
export function needs(context: Mocha.Context, ...what: ("agent" | "model")[]): void {
  const reason =
    what.includes("agent") && !existsSync(agentPath)
      ? `the agent is not built: cmake --preset host-release && cmake --build --preset host-release in agent/`
      : what.includes("model") && modelPath() === undefined
        ? `neither media/demo-model/tandem-demo.gguf nor ../shared/data/stories260K is there`
        : undefined;
  if (reason === undefined) return;
  process.stdout.write(`    skipped: ${reason}\n`);
  context.skip();
}

/** The demo model, else the stories model of a developer's checkout. */
export function modelPath(): string | undefined {
  return [demoModel, storiesModel].find((file) => existsSync(file));
}

/** A program of this computer as a session sees it. */
export function launch(program: string, args: readonly string[] = []): AgentProcess & { readonly child: ChildProcess } {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
  const exited = new Promise<ExitReason>((resolve) => {
    child.once("error", () => resolve({ kind: "exited", code: 127 }));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal }),
    );
  });
  return { child, stdin: child.stdin, stdout: child.stdout, exited, kill: () => void child.kill("SIGKILL") };
}

export interface AgentUnderTest extends Tapped {
  readonly session: AgentSession;
  readonly pid: number;
  end(): Promise<void>;
}

/** The real agent, greeted, with every frame validated. */
export async function startAgent(): Promise<AgentUnderTest> {
  const process = launch(agentPath, ["serve"]);
  const tapped = tap(process);
  const session = await AgentSession.start(tapped.streams, { deviceName: "this computer", clientVersion: "test" }, never);
  if (!session.ok) throw new Error(session.failure.message);
  return {
    ...tapped,
    session: session.value,
    pid: process.child.pid ?? -1,
    end: async () => {
      session.value.dispose();
      await process.exited;
    },
  };
}
