import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PrivateAdb } from "../../src/cli/demo/privateAdb";
import { silentLog } from "../../src/base/log";
import type { Failure, Result } from "../../src/base/result";
import type { Adb } from "../../src/device/adb";
import type { Device } from "../../src/device/device";
import { DeviceRegistry } from "../../src/device/registry";
import { findPhone } from "../../src/device/virtual/description";
import { VirtualPhone, type VirtualPhoneOptions } from "../../src/device/virtual/phone";
import { assertOneSentence } from "../fixtures/sentence";

export const root = process.cwd();
export const agentPath = path.join(root, "build/host-release/bin/tandem-agent");
/** Long enough for a busy machine; only ends what would hang. */
export const patient = (): AbortSignal => AbortSignal.timeout(60_000);
export const silent = (): void => undefined;

/** Runs the real adb program against a server. */
export function runAdb(
  { program, port, environment }: PrivateAdb,
  args: readonly string[],
  input?: Buffer,
): Promise<{ code: number; stdout: Buffer; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      ["-P", String(port), ...args],
      { env: environment, encoding: "buffer", maxBuffer: 256 << 20 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr: stderr.toString() }),
    );
    child.stdin?.end(input);
  });
}

/** A virtual phone that a server of its own is connected to, and the devices that Tandem sees there. */
export class Bench {
  private readonly registries: DeviceRegistry[] = [];

  private constructor(
    readonly server: PrivateAdb,
    readonly phone: VirtualPhone,
    readonly folder: string,
    readonly agent: string,
  ) {}

  static async start(options: Partial<VirtualPhoneOptions> = {}, agent = agentPath): Promise<Bench> {
    const description = options.phone ?? findPhone("xiaomi-14");
    assert.ok(description !== undefined);
    const server = must(await PrivateAdb.start(patient()));
    const phone = must(await VirtualPhone.start({ ...options, phone: description }));
    const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-test-"));
    return new Bench(server, phone, folder, agent);
  }

  get adb(): Adb {
    return this.server.adb;
  }

  /** Connects the server to the phone and gives the phone as Tandem sees it. */
  async connect(): Promise<Device> {
    must(await this.adb.connect(this.phone.serial, patient()));
    return this.find((device) => device.state.kind === "ready" && device.kind === "virtual-phone");
  }

  /** The phone in whatever state it is, also one in which it cannot be used. */
  async connectAny(): Promise<Device> {
    await this.adb.connect(this.phone.serial, patient());
    return this.find(() => true);
  }

  /** After a break: the server would try again by itself, some seconds later. */
  async reconnect(): Promise<Device> {
    await this.adb.disconnect(this.phone.serial, patient());
    const registry = this.registry();
    // The list follows a moment later, and would still show the phone as it was.
    await until(() => registry.devices.length === 1);
    return this.connect();
  }

  /** Waits for a device of the registry that fits. */
  async find(fits: (device: Device) => boolean): Promise<Device> {
    const registry = this.registry();
    for (;;) {
      const found = registry.devices.find((device) => device.id !== "local" && fits(device));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const listening = registry.onDidChange(() => {
          listening.dispose();
          resolve();
        });
      });
    }
  }

  registry(): DeviceRegistry {
    const [known] = this.registries;
    if (known !== undefined) return known;
    const registry = new DeviceRegistry({
      adb: this.adb,
      extensionPath: root,
      storagePath: path.join(this.folder, "storage"),
      agentPath: () => this.agent,
      log: silentLog,
    });
    this.registries.push(registry);
    return registry;
  }

  async stop(): Promise<void> {
    for (const registry of this.registries) registry.dispose();
    await this.phone.dispose();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function must<T>(result: Result<T>): T {
  if (!result.ok)
    assert.fail(`${result.failure.code}: ${result.failure.message} ${JSON.stringify(result.failure.context)}`);
  return result.value;
}

/** The failure's code, and that a person can read its message. */
export function mustFail(result: Result<unknown>, code: string): Failure {
  assert.ok(!result.ok, `expected ${code}, but it worked`);
  assert.equal(result.failure.code, code, JSON.stringify(result.failure));
  assertOneSentence(result.failure.message);
  return result.failure;
}

/** Skips the rest of a suite, saying why, where the agent has not been built. */
export function needsAgent(context: Mocha.Context, file = agentPath): void {
  if (existsSync(file)) return;
  process.stdout.write(`    skipped: ${path.relative(root, file)} is not built\n`);
  context.skip();
}

/** A file of random bytes. */
export async function randomFile(file: string, bytes: number): Promise<string> {
  const handle = await open(file, "w");
  const piece = Buffer.alloc(1 << 20);
  for (let written = 0; written < bytes; written += piece.length) {
    randomFillSync(piece);
    await handle.write(piece, 0, Math.min(piece.length, bytes - written));
  }
  await handle.close();
  return file;
}

export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) assert.fail("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
