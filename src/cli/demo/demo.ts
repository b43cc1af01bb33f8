import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { DisposableStore } from "../../base/disposable";
import { silentLog } from "../../base/log";
import { type Result, failure, success } from "../../base/result";
import { formatBytes, formatCount, formatSeconds, significant } from "../../base/units";
import type { Device } from "../../device/device";
import { DeviceRegistry } from "../../device/registry";
import { findPhone } from "../../device/virtual/description";
import { virtualDrivers } from "../../device/virtual/drivers";
import { VirtualPhone } from "../../device/virtual/phone";
import { checkedModel } from "../../model/checkedModel";
import { type RunOutcome, runPrompt } from "../../run/runPrompt";
import { RunStore } from "../../run/runStore";
import { AgentSessions } from "../../run/sessions";
import { defaultSettings } from "../../run/settings";
import type { Installation } from "../installation";
import { milliseconds, ranOnWords } from "../statistics";
import { type Terminal, bold, dim } from "../terminal";
import { placementTable } from "./placement";
import { PrivateAdb } from "./privateAdb";

const questions = [
  "What is prefill?",
  "Why does an NPU need fixed shapes?",
  "How does Tandem split a matmul between the GPU and the NPU?",
];

/** Draws a trace with the webview's own code. */
export type RenderTimeline = (files: {
  readonly trace: string;
  readonly png: string;
  readonly html: string;
}) => Promise<unknown>;

export interface DemoOptions {
  readonly installation: Installation;
  /** Emptied first. */
  readonly folder: string;
  readonly terminal: Terminal;
  readonly render: RenderTimeline;
}

/** The whole path on one screen: phone, deploy, push, three answers, where it ran, timeline. Ends what it started. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<Result<void>> {
  const owned = new DisposableStore();
  const endings: (() => Promise<void>)[] = [];
  try {
    return await new Demo(options, signal, owned, endings).run();
  } finally {
    for (const end of endings.reverse()) await end();
    owned.dispose();
  }
}

class Demo {
  private steps = 0;

  constructor(
    private readonly options: DemoOptions,
    private readonly signal: AbortSignal,
    private readonly owned: DisposableStore,
    private readonly endings: (() => Promise<void>)[],
  ) {}

  async run(): Promise<Result<void>> {
    const { folder, installation } = this.options;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    this.line(bold(this.options.terminal, "Tandem: a real model on a virtual phone, over the real adb"));

    const device = await this.connect();
    if (!device.ok) return device;
    const sessions = this.owned.add(new AgentSessions({ clientVersion: installation.version }));
    this.endings.push(() => sessions.endAll());
    const model = path.join(installation.folder, "media/demo-model/tandem-demo.gguf");
    const prepared = await this.prepare(device.value, sessions, model);
    if (!prepared.ok) return prepared;

    const store = this.owned.add(new RunStore(path.join(folder, "runs")));
    const outcomes: RunOutcome[] = [];
    for (const question of questions) {
      const outcome = await this.ask(device.value, sessions, store, model, question);
      if (!outcome.ok) return outcome;
      outcomes.push(outcome.value);
    }
    return this.show(outcomes);
  }

  private async connect(): Promise<Result<Device>> {
    const { installation, folder } = this.options;
    const description = findPhone("xiaomi-14");
    if (description === undefined)
      return failure("not-found", "The description of the phone is missing: check out Tandem again.");
    const phone = await VirtualPhone.start({ phone: description, drivers: virtualDrivers(installation.folder) });
    if (!phone.ok) return phone;
    this.endings.push(() => phone.value.dispose());
    const server = await PrivateAdb.start(this.signal);
    if (!server.ok) return server;
    this.endings.push(() => server.value.stop());
    const connected = await server.value.adb.connect(phone.value.serial, this.signal);
    if (!connected.ok) return connected;
    const registry = this.owned.add(
      new DeviceRegistry({
        adb: server.value.adb,
        extensionPath: installation.folder,
        storagePath: path.join(folder, "devices"),
        agentPath: () => undefined,
        log: silentLog,
      }),
    );
    const device = await firstPhone(registry, this.signal);
    if (!device.ok) return device;
    const facts = await device.value.facts(this.signal);
    if (!facts.ok) return facts;
    const { soc = "unknown chip", abi, memoryBytes = 0 } = facts.value;
    this.step("phone", `${device.value.name}, ${phone.value.serial}`);
    this.more(`answers as a ${soc} with ${formatBytes(memoryBytes)}; what it runs, runs on this computer (${abi})`);
    return device;
  }

  private async prepare(device: Device, sessions: AgentSessions, model: string): Promise<Result<void>> {
    const quiet = (): void => undefined;
    const began = performance.now();
    const deployed = await sessions.deploy(device, quiet, this.signal);
    if (!deployed.ok) return deployed;
    const { hello } = deployed.value.prepared;
    const seconds = (performance.now() - began) / 1000;
    this.step(
      "agent",
      `${hello.agent.version} ${deployed.value.report.target}, deployed and greeted in ${formatSeconds(seconds)}`,
    );
    for (const { kind, state, name, reason } of hello.processors) {
      this.more(`${kind.toUpperCase()}  ${state === "ready" ? name : `${state}: ${reason ?? ""}`}`);
    }
    const header = await checkedModel(model);
    if (!header.ok) return header;
    const pushed = await device.pushModel(model, quiet, this.signal);
    if (!pushed.ok) return pushed;
    const { name, type, parameters } = header.value;
    const sent = `${formatBytes(pushed.value.bytes)} pushed in ${formatSeconds(pushed.value.seconds)}, every block checked`;
    this.step("model", `${name} ${type}, ${formatCount(parameters)} parameters; ${sent}`);
    return success();
  }

  private async ask(
    device: Device,
    sessions: AgentSessions,
    store: RunStore,
    model: string,
    question: string,
  ): Promise<Result<RunOutcome>> {
    const { terminal } = this.options;
    this.step("ask", bold(terminal, question));
    terminal.out.write(indent);
    const outcome = await runPrompt(
      { sessions, store, log: silentLog },
      {
        device,
        model,
        messages: [{ role: "user", content: question }],
        settings: { ...defaultSettings, maxTokens: 128 },
      },
      { progress: () => undefined, token: ({ text }) => terminal.out.write(text.replaceAll("\n", `\n${indent}`)) },
      this.signal,
    );
    terminal.out.write("\n");
    if (!outcome.ok) return outcome;
    const { stats, ranOn, failure: problem } = outcome.value;
    if (problem !== undefined) return { ok: false, failure: problem };
    if (this.signal.aborted) return failure("cancelled", "The demo was stopped.");
    if (stats !== undefined) {
      const rates = [
        `first token ${milliseconds(stats.timeToFirstTokenMs)}`,
        `prefill ${significant(stats.prefillTokensPerSecond)} tok/s (${stats.promptTokens})`,
        `decode ${significant(stats.decodeTokensPerSecond)} tok/s (${stats.generatedTokens})`,
        `memory ${formatBytes(stats.peakMemoryBytes)}`,
      ];
      this.more(`measured: ${rates.join(" · ")}`);
      this.more(`ran on ${ranOnWords(ranOn)}`);
    }
    return outcome;
  }

  private async show(outcomes: readonly RunOutcome[]): Promise<Result<void>> {
    const { folder, render, terminal } = this.options;
    const last = outcomes.at(-1)?.tracePath;
    if (last === undefined) return failure("trace-missing", "The last run left no trace: look into the agent's log.");
    const table = placementTable(await readFile(last), path.basename(last));
    if (!table.ok) return table;
    this.step("ops", "where every op of the last answer ran");
    for (const row of table.value.trimEnd().split("\n")) terminal.out.write(`${indent}${row}\n`);

    const file = (name: string): string => path.join(folder, name);
    const files = { trace: file("run.pftrace"), png: file("timeline.png"), html: file("timeline.html") };
    await copyFile(last, files.trace);
    await render(files);
    const shown = (name: string): string => path.relative(process.cwd(), name);
    this.step("timeline", shown(files.png));
    terminal.out.write(`${indent}${shown(files.html)}  ${dim(terminal, "open it in a browser")}\n`);
    terminal.out.write(`${indent}${shown(files.trace)}  ${dim(terminal, "opens in the Perfetto UI too")}\n`);
    return success();
  }

  private step(name: string, text: string): void {
    this.line(`\n${String(++this.steps)}  ${name.padEnd(9)} ${text}`);
  }

  private more(text: string): void {
    this.line(`${indent}${dim(this.options.terminal, text)}`);
  }

  private line(text: string): void {
    this.options.terminal.out.write(`${text}\n`);
  }
}

const indent = " ".repeat(13);

/** The first phone that is ready; adb announces it shortly after `connect`. */
async function firstPhone(registry: DeviceRegistry, signal: AbortSignal): Promise<Result<Device>> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
  for (;;) {
    const found = registry.devices.find((device) => device.kind !== "computer" && device.state.kind === "ready");
    if (found?.kind === "virtual-phone") return success(found);
    if (patience.aborted)
      return failure("device-not-found", "adb did not announce the virtual phone: run the demo again.");
    await new Promise<void>((resolve) => {
      const listener = registry.onDidChange(() => done());
      const done = (): void => {
        listener.dispose();
        patience.removeEventListener("abort", done);
        resolve();
      };
      patience.addEventListener("abort", done, { once: true });
    });
  }
}
