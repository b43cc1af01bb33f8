import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findPhone } from "../../src/device/virtual/description";
import { VirtualPhone } from "../../src/device/virtual/phone";
import { assertOneSentence } from "../fixtures/sentence";
import { Fixture, agentPath, missingForRuns, print } from "./support/fixture";
import { answer, answered, ask, key } from "./support/panel";
import type { Workbench } from "./support/workbench";

const missing = missingForRuns();

describe("Tandem's other commands in VS Code", function () {
  this.timeout(180_000);
  let fixture: Fixture;
  let workbench: Workbench;
  let phone: VirtualPhone | undefined;

  before(async function () {
    if (missing !== undefined) {
      print(`skipped, because ${missing}`);
      this.skip();
    }
    fixture = await Fixture.start();
    workbench = fixture.workbench;
    await workbench.openViews();
  });

  after(async () => {
    await (fixture as Fixture | undefined)?.dispose();
    await phone?.dispose();
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  it("connects to a device over TCP by its address", async () => {
    phone = await startPhone();
    await workbench.command("Tandem: Connect to Device over TCP");
    await workbench.type("nonsense");
    await workbench.quickPick().getByText("Write host:port").waitFor();
    await workbench.type(phone.serial);
    await workbench.page.keyboard.press("Enter");
    await workbench.row("Devices", phoneName).waitFor();
    await workbench.picture("device-connected");
  });

  it("deploys the agent where it is absent, again where it is old, and not where it is there", async () => {
    assert.ok(phone !== undefined);
    const { serial } = phone;
    const deploy = (): Promise<void> => workbench.contextMenu(workbench.row("Devices", phoneName), "Deploy Agent");
    assert.ok(!existsSync(phone.hostPath(agentOnPhone)));
    await deploy();
    await workbench.notification(`is on ${phoneName}.`).waitFor();
    assert.deepEqual(readFileSync(phone.hostPath(agentOnPhone)), readFileSync(agentPath));
    await workbench.toggle(workbench.row("Devices", phoneName));
    // Only an agent that answered can say so.
    await workbench.row("Devices", /CPU.*, ready/).waitFor();
    await fixture.pictures("deployed");
    await workbench.toggle(workbench.row("Devices", phoneName));
    await workbench.closeNotifications();
    await deploy();
    await workbench.notification(`${phoneName} has this agent`).waitFor();
    await workbench.closeNotifications();
    await fixture.adb("-s", serial, "shell", `rm ${agentOnPhone}; echo old > ${agentOnPhone}`);
    await deploy();
    await workbench.notification(`is on ${phoneName}.`).waitFor();
    assert.deepEqual(readFileSync(phone.hostPath(agentOnPhone)), readFileSync(agentPath));
    await workbench.closeNotifications();
  });

  it("says in one sentence that an agent is not there, and goes on", async () => {
    fixture.configure({ "tandem.agent.path": "/nowhere/tandem-agent" });
    await workbench.contextMenu(workbench.row("Devices", phoneName), "Deploy Agent");
    const told = workbench.notification("/nowhere/tandem-agent cannot be read");
    await told.waitFor();
    assertOneSentence(await told.locator(".notification-list-item-message").innerText());
    await workbench.picture("agent-missing");
    fixture.configure({ "tandem.agent.path": "" });
    await workbench.closeNotifications();
  });

  it("shows the agent's log", async () => {
    assert.ok(phone !== undefined);
    const showLog = (): Promise<void> => workbench.contextMenu(workbench.row("Devices", phoneName), "Show Agent Log");
    await showLog();
    await workbench.notification("has not logged anything yet").waitFor();
    await workbench.closeNotifications();
    // An agent writes there when something is wrong; nothing was.
    await fixture.adb("-s", phone.serial, "shell", "echo something is wrong >> /data/local/tmp/tandem/agent.log");
    await showLog();
    await workbench.tab(`Agent log: ${phoneName}`).waitFor();
    const lines = workbench.page.locator(".editor-instance .view-line", { hasText: /\w/ });
    await lines.first().waitFor();
    await fixture.pictures("agent-log");
    assert.match(await lines.last().innerText(), /something.is.wrong/);
  });

  it("disconnects a device", async () => {
    await workbench.contextMenu(workbench.row("Devices", phoneName), "Disconnect Device");
    await workbench.row("Devices", phoneName).waitFor({ state: "detached" });
  });

  it("asks a phone again that has not allowed this computer", async () => {
    // Not known to adb yet: to one that it knows it comes back only after a minute.
    await phone?.dispose();
    phone = await startPhone();
    phone.faults.set({ refuseAuthorisation: true });
    await workbench.command("Tandem: Connect to Device over TCP");
    await workbench.type(phone.serial);
    await workbench.page.keyboard.press("Enter");
    const again = workbench.row("Devices", "Ask the phone again");
    await again.waitFor();
    await workbench.closeNotifications();
    await fixture.pictures("device-unauthorised");
    phone.faults.clear();
    await again.click();
    await workbench.row("Devices", phoneName).waitFor();
    await workbench.contextMenu(workbench.row("Devices", phoneName), "Disconnect Device");
    await workbench.row("Devices", "Pair…").waitFor();
  });

  it("says what to do about a phone that does not answer", async () => {
    await phone?.dispose();
    phone = await startPhone();
    phone.faults.set({ offline: true });
    await workbench.command("Tandem: Connect to Device over TCP");
    await workbench.type(phone.serial);
    await workbench.page.keyboard.press("Enter");
    const row = workbench.row("Devices", /offline/);
    await row.waitFor();
    await workbench.view("Devices").getByText("does not answer: unplug it").waitFor();
    await fixture.pictures("device-offline");
    await fixture.adb("disconnect", phone.serial);
    await row.waitFor({ state: "detached" });
    await workbench.closeNotifications();
  });

  it("lists the devices to choose from", async () => {
    await workbench.command("Tandem: Start Virtual Phone");
    await workbench.row("Devices", phoneName).waitFor();
    await workbench.command("Tandem: Deploy Agent");
    await workbench.quickPick().locator(".monaco-list-row", { hasText: phoneName }).waitFor();
    await fixture.pictures("pick-device");
    await workbench.page.keyboard.press("Escape");
    await workbench.command("Tandem: Stop Virtual Phone");
    await workbench.row("Devices", "Pair…").waitFor();
  });

  it("asks for address and code to pair, and says in one sentence what went wrong", async () => {
    await workbench.row("Devices", "Pair…").click();
    await workbench.type("127.0.0.1:1");
    await workbench.page.keyboard.press("Enter");
    await workbench.quickPick().getByText("six digits").first().waitFor();
    await workbench.type("12");
    await workbench.quickPick().getByText("Write the six digits").waitFor();
    await workbench.picture("pair-code");
    await workbench.type("123456");
    await workbench.page.keyboard.press("Enter");
    const told = workbench.notification(/cannot pair|did not take the pairing code/);
    await told.waitFor();
    assertOneSentence(await told.locator(".notification-list-item-message").innerText());
    await workbench.closeNotifications();
  });

  it("restores the run panel when the window is loaded again", async () => {
    await workbench.command("Tandem: Run Model on Device");
    const before = await workbench.webview(".composer textarea");
    await ask(before, "What is prefill?");
    await answered(before);
    const said = await answer(before);
    const rate = await key(before, "Decode");
    await workbench.reload();
    const panel = await workbench.webview(".composer textarea");
    await workbench.tab(/^Run/).waitFor();
    await panel.locator(".turn.user .said", { hasText: "What is prefill?" }).waitFor();
    assert.equal(await answer(panel), said);
    assert.equal(await key(panel, "Decode"), rate);
    await panel.locator(".numbers .link", { hasText: "Open timeline" }).waitFor();
    // The device and the model of the conversation are found again.
    await panel.locator(".pick", { hasText: "Tandem Demo" }).waitFor();
    await fixture.pictures("run-restored");
    await ask(panel, "What is decode?");
    await answered(panel);
    assert.equal(await panel.locator(".turn.user").count(), 2);
    assert.equal(await panel.locator(".turn.assistant").count(), 2);
    assert.notEqual(await answer(panel), "");
  });

  it("exports a timeline as an HTML report through the save dialog", async () => {
    await workbench
      .row("Runs", /tok\/s/)
      .first()
      .click();
    const timeline = await workbench.webview("canvas.tracks, .strip");
    if (!(await timeline.locator("canvas.tracks").isVisible()))
      await timeline.getByText("Open timeline").first().click();
    await timeline.locator("canvas.tracks").waitFor();
    await timeline.getByRole("button", { name: "Export" }).click();
    await fixture.pictures("timeline-export");
    await timeline.getByRole("menuitem", { name: /HTML report/ }).click();
    await workbench.until(async () => (await workbench.written()).endsWith(".html"));
    const target = path.join(fixture.folder, "workspace", "report.html");
    await workbench.type(target);
    await workbench.picture("timeline-save");
    await workbench.page.keyboard.press("Enter");
    await workbench.until(() => existsSync(target) && readFileSync(target, "utf8").includes("</html>"));
    const report = await workbench.page.context().newPage();
    await report.goto(`file://${target}`);
    await report.locator(".app canvas.tracks, .app .strip").first().waitFor();
    await report.close();
  });

  it("opens the Perfetto UI, and says which file to drag there", async () => {
    const timeline = await workbench.webview("canvas.tracks");
    await timeline.getByRole("button", { name: "Export" }).click();
    await timeline.getByRole("menuitem", { name: /Open in the Perfetto UI/ }).click();
    await workbench.notification(/Drag .*\.pftrace into the Perfetto UI/).waitFor();
    await workbench.page.locator(".monaco-dialog-box", { hasText: "ui.perfetto.dev" }).waitFor();
    await workbench.picture("timeline-perfetto");
    await workbench.page.keyboard.press("Escape");
    await workbench.page.locator(".monaco-dialog-box").waitFor({ state: "detached" });
    await workbench.closeNotifications();
  });

  it("says in one sentence that a file is no trace, and that one is cut short", async () => {
    const [whole] = traces();
    assert.ok(whole !== undefined);
    const bytes = readFileSync(path.join(fixture.runsFolder, whole));
    writeFileSync(path.join(fixture.runsFolder, "foreign.pftrace"), "no trace at all");
    writeFileSync(path.join(fixture.runsFolder, "cut.pftrace"), bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    await workbench.command("Tandem: Refresh Runs");
    await workbench
      .row("Runs", /foreign/)
      .first()
      .click();
    await workbench.tab("foreign.pftrace").waitFor();
    const foreign = await workbench.webview(".state h1");
    assertOneSentence(await foreign.locator(".state > p").first().innerText());
    await fixture.pictures("timeline-foreign");

    await workbench
      .row("Runs", /\bcut\b/)
      .first()
      .click();
    await workbench.tab("cut.pftrace").waitFor();
    const cut = await workbench.webview(".notice");
    assert.equal(await cut.locator(".notice").count(), 1);
    assertOneSentence(await cut.locator(".notice > span").last().innerText());
    await fixture.pictures("timeline-cut");
    for (const name of ["foreign", "cut"]) rmSync(path.join(fixture.runsFolder, `${name}.pftrace`));
    await workbench.command("Tandem: Refresh Runs");
    await workbench.row("Runs", /\bcut\b/).waitFor({ state: "detached" });
  });

  it("deletes a run after asking, and copies the path of another", async () => {
    const before = traces();
    const run = workbench.row("Runs", /tok\/s/).first();
    await workbench.contextMenu(run, "Delete Run");
    const question = workbench.page.locator(".monaco-dialog-box", { hasText: "Delete the run" });
    await question.waitFor();
    await fixture.pictures("run-delete");
    await question.getByRole("button", { name: "Delete" }).click();
    await workbench.until(() => traces().length === before.length - 1);
    // The workbench in a browser cannot open a folder, so there is no Reveal File in it.
    assert.deepEqual(await workbench.menuItems(workbench.row("Runs", /tok\/s/).first()), [
      "Open Timeline",
      "Tune Solver Settings",
      "Compare with…",
      "Copy Path",
      "Delete Run",
    ]);
  });

  async function startPhone(): Promise<VirtualPhone> {
    const description = findPhone("xiaomi-14");
    assert.ok(description !== undefined);
    const started = await VirtualPhone.start({ phone: description });
    assert.ok(started.ok);
    return started.value;
  }

  function traces(): string[] {
    return readdirSync(fixture.runsFolder).filter((name) => name.endsWith(".pftrace"));
  }
});

describe("Tandem in a workspace that is not trusted", function () {
  this.timeout(180_000);
  let fixture: Fixture;
  let workbench: Workbench;

  before(async function () {
    if (missing !== undefined) {
      print(`skipped, because ${missing}`);
      this.skip();
    }
    fixture = await Fixture.start({ trusted: false });
    workbench = fixture.workbench;
    await workbench.openViews();
  });

  after(async () => {
    await (fixture as Fixture | undefined)?.dispose();
  });

  it("shows devices and models, and says why it does not run", async () => {
    await workbench.row("Devices", "This computer").waitFor();
    await workbench.row("Models", "Tandem Demo").waitFor();
    await workbench.view("Runs").getByText("Running is off because this workspace is not trusted.").waitFor();
    await workbench.view("Runs").getByText("Manage Workspace Trust").waitFor();
    await fixture.pictures("untrusted");
  });

  it("offers nothing that runs a program", async () => {
    const running = ["Run Model on Device", "Deploy Agent", "Push Model", "Show Agent Log", "Start Virtual Phone"];
    const titles = running.map((title) => `Tandem: ${title}`);
    // A palette that has one of Tandem's commands has all of them.
    const harmless = "Tandem: Refresh Models";
    assert.deepEqual(await workbench.paletteEntries([harmless]), [harmless]);
    assert.deepEqual(await workbench.paletteEntries(titles, 1000), []);
  });
});

const phoneName = "Virtual Xiaomi 14";
const agentOnPhone = "/data/local/tmp/tandem/tandem-agent";
