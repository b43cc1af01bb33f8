import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { Fixture, demoModel, makeSlowModel, makeTruncatedModel, missingForRuns, print } from "./support/fixture";
import { answer, answered, ask, key, limitIs, watchAnswer } from "./support/panel";
import { clickSlice } from "./support/timeline";
import type { Workbench } from "./support/workbench";

const missing = missingForRuns();
const question = "What is prefill?";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: { readonly commandPalette: readonly { readonly command: string }[] };
  };
}

describe("Tandem in VS Code", function () {
  this.timeout(180_000);
  let fixture: Fixture;
  let workbench: Workbench;

  before(async function () {
    if (missing !== undefined) {
      print(`skipped, because ${missing}`);
      this.skip();
    }
    fixture = await Fixture.start();
    workbench = fixture.workbench;
  });

  after(async () => {
    // Undefined where `before` skipped.
    await (fixture as Fixture | undefined)?.dispose();
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  it("shows devices, models and runs", async () => {
    await workbench.openViews();
    await workbench.row("Devices", "This computer").waitFor();
    await workbench.row("Devices", "Virtual phone").waitFor();
    await workbench.row("Models", "Tandem Demo").waitFor();
    await workbench.view("Devices").getByText("No phone is connected: plug one in").waitFor();
    await workbench.view("Runs").getByText("Run a model and its timeline opens here.").waitFor();
    await workbench.toggle(workbench.row("Devices", "This computer"));
    await workbench.row("Devices", /Memory.*GB free/).waitFor();
    await fixture.pictures("views");
    await workbench.toggle(workbench.row("Devices", "This computer"));
  });

  it("offers its commands in the palette, and tells how long activating took", async () => {
    const titles = paletteTitles();
    assert.ok(titles.length > 10);
    assert.deepEqual(await workbench.paletteEntries(titles), titles);
    print(`activation: ${await workbench.activationTime("Tandem")}`);
  });

  it("runs the demo model on this computer from the palette, and its answer streams", async () => {
    await workbench.command("Tandem: Run Model on Device");
    const panel = await workbench.webview(".composer textarea");
    await panel.locator(".pick", { hasText: "Tandem Demo" }).waitFor();
    await fixture.pictures("run-empty");
    const lengths = await watchAnswer(panel);
    await ask(panel, question);
    await answered(panel);
    assert.ok((await lengths()).length > 1, "the answer came in one piece");
    assert.notEqual(await answer(panel), "");
    for (const label of ["First token", "Prefill", "Decode", "Memory", "Ran on"]) {
      assert.match(await key(panel, label), /\d|CPU/, label);
    }
    await panel.locator(".badge", { hasText: "Measured" }).waitFor();
    assert.match(await workbench.statusBar().innerText(), /This computer · CPU · .+ tok\/s/);
    await fixture.pictures("run-finished");
  });

  it("goes on with the conversation", async () => {
    const panel = await workbench.webview(".composer textarea");
    await ask(panel, "Why does an NPU need fixed shapes?");
    await answered(panel);
    assert.equal(await panel.locator(".turn.user").count(), 2);
    assert.equal(await panel.locator(".turn.assistant").count(), 2);
  });

  it("lists the run and opens its timeline, in which a slice tells its details", async () => {
    await workbench.row("Runs", "Today").waitFor();
    const run = workbench.row("Runs", /tok\/s/).first();
    await run.waitFor();
    assert.equal(traces().length, 2);
    await run.click();
    await workbench.tab(/\.pftrace/).waitFor();
    const timeline = await workbench.webview("canvas.tracks, .strip");
    await fixture.pictures("timeline-strip");
    const details = await clickSlice(timeline);
    for (const fact of [/Shape/i, /Bytes|Read/i, /Duration\s+[\d.]+\s(ns|µs|ms|s)/]) assert.match(details, fact);
    await fixture.pictures("timeline");
  });

  it("keeps the partial answer and the trace of a run that was stopped", async () => {
    makeSlowModel(path.join(fixture.modelsFolder, "slow.gguf"));
    fixture.configure({ "tandem.run.maxTokens": 1500 });
    const row = workbench.row("Models", "Random weights");
    await row.waitFor();
    await workbench.contextMenu(row, "Run Model on Device");
    const panel = await workbench.webview(".composer textarea");
    await panel.locator(".pick", { hasText: "Random weights" }).waitFor();
    await limitIs(panel, 1500);
    const before = traces().length;
    await ask(panel, "Say something long.");
    await panel.locator(".turn.assistant .said", { hasText: /\S{1}/ }).waitFor();
    await workbench.picture("run-streaming");
    await panel.locator("textarea").press("Escape");
    await panel.getByText(/Stopped at token \d+\./).waitFor();
    assert.notEqual(await answer(panel), "");
    assert.equal(traces().length, before + 1);
    await fixture.pictures("run-stopped");
  });

  it("keeps what came before the agent was killed, and runs again", async () => {
    const panel = await workbench.webview(".composer textarea");
    await ask(panel, "Say something long again.");
    await panel.locator(".turn.assistant .said .cursor").waitFor();
    fixture.killAgents();
    await panel
      .locator(".notice.error", { hasText: /The agent on this computer .* at token \d+: run again.* the trace/ })
      .waitFor();
    await panel.locator(".notice .code", { hasText: "agent-crashed" }).waitFor();
    assert.notEqual(await answer(panel), "");
    await fixture.pictures("run-crashed");
    fixture.configure({ "tandem.run.maxTokens": 8 });
    await limitIs(panel, 8);
    await ask(panel, "And now?");
    await answered(panel);
    assert.equal(await panel.locator(".notice.error").count(), 0);
  });

  it("runs on a virtual phone behind a real adb server", async () => {
    await workbench.command("Tandem: Start Virtual Phone");
    const phone = workbench.row("Devices", "Virtual Xiaomi 14");
    await phone.waitFor();
    await workbench.toggle(phone);
    await workbench.row("Devices", "SoC, Snapdragon 8 Gen 3").waitFor();
    await workbench.contextMenu(phone, "Run Model on Device");
    await workbench.pick("Tandem Demo");
    const panel = await workbench.webview(".composer textarea");
    await panel.locator(".pick", { hasText: "Virtual Xiaomi 14" }).waitFor();
    await ask(panel, question);
    await answered(panel);
    assert.notEqual(await answer(panel), "");
    const model = workbench.row("Models", "Tandem Demo");
    await workbench.toggle(model);
    await workbench.row("Models", /On Virtual Xiaomi 14.*verified/).waitFor();
    await workbench.row("Runs", /Virtual Xiaomi 14/).waitFor();
    await fixture.pictures("virtual-phone");
  });

  it("says what a second push found", async () => {
    await workbench.contextMenu(workbench.row("Models", "Tandem Demo"), "Push Model");
    const pick = workbench.quickPick();
    if (await pick.isVisible()) await workbench.pick("Virtual Xiaomi 14");
    await workbench.notification("was on Virtual Xiaomi 14 already, verified.").waitFor();
  });

  it("keeps what came before the phone was unplugged", async () => {
    fixture.configure({ "tandem.run.maxTokens": 1500 });
    await workbench.contextMenu(workbench.row("Devices", "Virtual Xiaomi 14"), "Run Model on Device");
    await workbench.pick("Random weights");
    const panel = await workbench.webview(".composer textarea");
    await panel.locator(".pick", { hasText: "Random weights" }).waitFor();
    await limitIs(panel, 1500);
    await ask(panel, "Say something long.");
    // The first load of a model on a phone measures its processors.
    await panel.locator(".turn.assistant .said .cursor").waitFor({ timeout: 120_000 });
    await workbench.command("Tandem: Stop Virtual Phone");
    await panel
      .locator(".notice", {
        hasText: /Virtual Xiaomi 14 was unplugged at token \d+: plug it in and run again; the trace/,
      })
      .waitFor();
    assert.notEqual(await answer(panel), "");
    await fixture.pictures("run-unplugged");
  });

  it("lists a damaged model with the reason, and does not run it", async () => {
    makeTruncatedModel(demoModel, path.join(fixture.modelsFolder, "half.gguf"));
    const row = workbench.row("Models", "half.gguf,");
    await row.waitFor();
    await workbench.toggle(row);
    await workbench.row("Models", /half\.gguf (ends after|is damaged)/).waitFor();
    await workbench.picture("model-damaged");
    await row.click({ button: "right" });
    const menu = workbench.page.locator(".context-view .action-item");
    await menu.first().waitFor();
    assert.deepEqual(
      (await menu.allInnerTexts()).filter((item) => item.includes("Run Model")),
      [],
    );
    await workbench.page.keyboard.press("Escape");
  });

  it("goes on without adb, and says what to do", async () => {
    await workbench.row("Devices", "Virtual phone, not started").waitFor();
    fixture.configure({ "tandem.adb.path": "/nowhere/adb", "tandem.adb.server": "127.0.0.1:1" });
    await workbench.view("Devices").getByText("adb was not found").waitFor();
    await workbench.row("Devices", "Set the path to adb…").waitFor();
    await workbench.row("Devices", "This computer").waitFor();
    await fixture.pictures("no-adb");
  });

  /** Titles of the commands that a trusted window without a run offers. */
  function paletteTitles(): string[] {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
    const hidden = new Set(manifest.contributes.menus.commandPalette.map((item) => item.command));
    const off = new Set(["tandem.stop", "tandem.stopVirtualPhone"]);
    return manifest.contributes.commands
      .filter(({ command }) => !hidden.has(command) && !off.has(command))
      .map(({ title }) => `Tandem: ${title}`)
      .sort();
  }

  function traces(): string[] {
    return readdirSync(fixture.runsFolder).filter((name) => name.endsWith(".pftrace"));
  }
});
