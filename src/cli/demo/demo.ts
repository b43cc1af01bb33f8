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
import { longQuestion, questions } from "./questions";
import { modeled, simulateEngines } from "./simulated";
import { togetherWords } from "./together";

/** Draws a trace with the webview's own code. */
export type RenderTimeline = (files: {
  readonly trace: string;
  readonly png: string;
  readonly html?: string;
}) => Promise<unknown>;

export interface DemoOptions {
  readonly installation: Installation;
  /** Emptied first. */
  readonly folder: string;
  readonly terminal: Terminal;
  readonly render: RenderTimeline;
}

/** The whole path on one screen: phone, deploy, push, answers, where they ran, a simulation, timelines. Ends what it started. */
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
    const run = { device: device.value, sessions, store, model };
    for (const question of questions) {
      const outcome = await this.ask(run, question);
      if (!outcome.ok) return outcome;
    }
    const { passage, question } = longQuestion;
    const long = await this.ask(run, `${passage}\n\n${question}`, `${question} (after a page to read)`);
    if (!long.ok) return long;
    const shown = await this.show(long.value);
    return shown.ok ? this.simulate(run) : shown;
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
    { device, sessions, store, model }: Run,
    question: string,
    shown = question,
  ): Promise<Result<RunOutcome>> {
    const { terminal } = this.options;
    this.step("ask", bold(terminal, shown));
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

  /** Where the ops of a run's answer were, how the processors worked together, and its timeline. */
  private async show({ tracePath }: RunOutcome): Promise<Result<void>> {
    if (tracePath === undefined)
      return failure("trace-missing", "The last run left no trace: look into the agent's log.");
    const bytes = await readFile(tracePath);
    const table = placementTable(bytes, path.basename(tracePath));
    if (!table.ok) return table;
    const together = togetherWords(bytes, path.basename(tracePath));
    if (!together.ok) return together;
    this.step("ops", "where every op of the last answer ran (measured)");
    this.table(table.value);
    for (const sentence of together.value) this.more(sentence);

    const files = { trace: this.file("run.pftrace"), png: this.file("timeline.png"), html: this.file("timeline.html") };
    await copyFile(tracePath, files.trace);
    await this.options.render(files);
    this.step("timeline", shown(files.png));
    this.written(files.html, "open it in a browser");
    this.written(files.trace, "opens in the Perfetto UI too");
    return success();
  }

  /** The paper's own case on a modeled phone, which no phone here could run. */
  private async simulate(run: Run): Promise<Result<void>> {
    const simulated = await simulateEngines(run, this.signal);
    if (!simulated.ok) return simulated;
    const { soc, calibrated, table, tracePath } = simulated.value;
    const { model, promptTokens, maxTokens } = modeled;
    const what = `${model} on a ${soc}, ${String(promptTokens)} tokens and ${String(maxTokens)} more`;
    this.step("simulate", `${what} (modeled${calibrated ? "" : ", uncalibrated"})`);
    this.table(table);
    const files = { trace: this.file("simulated.pftrace"), png: this.file("simulated.png") };
    await copyFile(tracePath, files.trace);
    await this.options.render(files);
    this.written(files.png, "the timeline of the tensor-level engine, modeled");
    this.written(files.trace, "");
    return success();
  }

  private file(name: string): string {
    return path.join(this.options.folder, name);
  }

  private table(table: string): void {
    for (const row of table.trimEnd().split("\n")) this.line(`${indent}${row}`);
  }

  private written(file: string, why: string): void {
    this.line(`${indent}${shown(file)}  ${dim(this.options.terminal, why)}`.trimEnd());
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

/** What every ask and the simulation need. */
interface Run {
  readonly device: Device;
  readonly sessions: AgentSessions;
  readonly store: RunStore;
  readonly model: string;
}

function shown(file: string): string {
  return path.relative(process.cwd(), file);
}

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
