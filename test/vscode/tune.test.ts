// The tuner in a real VS Code: predictions that change, runs on the virtual phone, a file that is written.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { FrameLocator } from "playwright-core";
import { assertOneSentence } from "../fixtures/sentence";
import { Fixture, missingForRuns, print } from "./support/fixture";
import { answered, ask, limitIs } from "./support/panel";
import type { Workbench } from "./support/workbench";

const missing = missingForRuns();
const phoneName = "Virtual Xiaomi 14";

describe("the tuner in VS Code", function () {
  this.timeout(240_000);
  // Each goes on where the one before ended.
  this.bail(true);
  let fixture: Fixture;
  let workbench: Workbench;

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
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  const tuner = (): Promise<FrameLocator> => workbench.webview("tandem-tune");

  it("opens beside the timeline of a run on two processors", async () => {
    await workbench.command("Tandem: Start Virtual Phone");
    await workbench.row("Devices", phoneName).waitFor();
    fixture.configure({ "tandem.run.maxTokens": 8 });
    await workbench.contextMenu(workbench.row("Devices", phoneName), "Run Model on Device");
    const panel = await workbench.webview(".composer textarea");
    await limitIs(panel, 8);
    await ask(panel, "How does Tandem split a matmul between the GPU and the NPU?");
    await answered(panel);
    await workbench
      .row("Runs", /tok\/s/)
      .first()
      .click();
    await workbench.webview("canvas.tracks, .strip");
    await workbench.command("Tandem: Tune Solver Settings");
    await workbench.tab(/^Tune:/).waitFor();
    const page = await tuner();
    await page.locator(".tune-keys .key").first().waitFor();
    await page.getByText("These settings give the plan of the current run.").waitFor();
    assert.match(await page.locator(".badge.is-modeled").first().innerText(), /Modeled/);
    assert.equal((await page.locator(".delta", { hasText: "no change" }).count()) > 0, true);
  });

  it("shows at once what other settings would change", async () => {
    const page = await tuner();
    const before = await page.locator(".tune-keys").innerText();
    for (const name of ["npu", "pad", "weight", "activation", "hybrid"]) {
      await page.locator(".strategies").getByLabel(name, { exact: true }).uncheck();
    }
    await page.locator(".settings-title", { hasText: "1 changed" }).waitFor();
    await page.getByText(/matmuls change/).waitFor();
    assert.notEqual(await page.locator(".tune-keys").innerText(), before);
    assert.ok((await page.locator(".change-cell.differs").count()) > 0);
    assert.ok((await page.locator(".change-table tbody tr").count()) > 0);
    await page.locator(".diff-new").first().waitFor();
    await fixture.pictures("tune");
  });

  it("writes tandem.json, which keeps what it had", async () => {
    const file = path.join(fixture.folder, "workspace", "tandem.json");
    writeFileSync(file, '{\n    "processors": ["gpu", "npu"],\n    "solver": {}\n}\n');
    const page = await tuner();
    await page.getByRole("button", { name: "Save to tandem.json" }).click();
    await workbench.until(() => readFileSync(file, "utf8").includes("strategies"));
    const text = readFileSync(file, "utf8");
    assert.match(text, /^\{\n {4}"processors": \["gpu", "npu"\],\n/);
    assert.deepEqual((JSON.parse(text) as { solver: unknown }).solver, { strategies: [] });
    await page.getByText("The file says this already.").waitFor();
  });

  it("runs both settings in turn on the phone, and says how they differ", async () => {
    const page = await tuner();
    await page.getByRole("button", { name: "Run A/B" }).click();
    await page
      .locator(".ab .verdict", { hasText: /After|after 5 \+ 5 runs|With these settings/ })
      .waitFor({ timeout: 180_000 });
    await page.getByRole("button", { name: "Save to tandem.json" }).waitFor();
    const said = await page.locator(".ab").innerText();
    assert.match(said, /Measured/);
    assert.match(said, /Prefill[\s\S]*→[\s\S]*tok\/s/);
    assert.match(said, /95 % confidence, Welch's t/);
    await workbench.picture("tune-ab");
  });

  it("keeps the runs of a test that is stopped", async () => {
    const page = await tuner();
    await page.locator(".strategies").getByLabel("npu", { exact: true }).check();
    await page.getByRole("button", { name: "Run A/B" }).click();
    await page.locator(".ab .verdict", { hasText: /[1-9] \+ [1-9] runs|With these/ }).waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/runs are kept\./).waitFor({ timeout: 60_000 });
  });

  it("draws a sweep as a curve and as a map", async () => {
    const page = await tuner();
    await page.getByRole("button", { name: "Sweep", exact: true }).first().click();
    await page.locator(".explore-form vscode-button").click();
    await page.locator(".explore table tbody tr").nth(9).waitFor();
    await page.locator("tandem-tune-chart canvas").waitFor();
    await page.locator(".explore-form select").nth(1).selectOption("rowStep");
    await page.locator(".explore-form vscode-button").click();
    await page.locator(".map-cell").nth(49).waitFor();
    await workbench.picture("tune-sweep");
  });

  it("says at the control what is wrong with a setting, and recovers", async () => {
    const page = await tuner();
    await page.getByRole("button", { name: "Prediction" }).click();
    while ((await page.locator(".chip").count()) > 0) await page.locator(".chip").first().click();
    const refused = page.locator('[data-setting="standardLengths"] .refused');
    await refused.waitFor();
    assertOneSentence((await refused.innerText()).trim());
    await workbench.picture("tune-refused");
    await page.locator('[data-setting="standardLengths"]').getByRole("button", { name: "Reset" }).click();
    await refused.waitFor({ state: "detached" });
  });

  it("recovers from an agent that dies", async () => {
    const page = await tuner();
    fixture.killAgents();
    await page.locator('[data-setting="maxPieces"]').getByRole("button", { name: "2" }).click();
    await page.locator('[data-setting="maxPieces"]').getByRole("button", { name: "1" }).click();
    await page.locator(".prediction:not(.stale)").waitFor();
    await page.locator(".settings-title", { hasText: /changed/ }).waitFor();
    assert.equal(await page.locator(".notice").count(), 0);
  });

  it("says why a run cannot be tuned", async () => {
    const foreign = path.join(fixture.runsFolder, "foreign.pftrace");
    writeFileSync(foreign, "no trace at all");
    assert.ok(existsSync(foreign));
    await workbench.command("Tandem: Refresh Runs");
    await workbench.contextMenu(workbench.row("Runs", /foreign/).first(), "Tune Solver Settings");
    await workbench.tab("Tune: foreign").waitFor();
    const page = await workbench.webview("tandem-tune .state h1");
    assertOneSentence(await page.locator(".state > p").first().innerText());
    await workbench.picture("tune-foreign");
  });
});
