import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Fixture, missingForRuns, print } from "./support/fixture";
import type { Workbench } from "./support/workbench";

const missing = missingForRuns();

describe("Simulating, comparing, tandem.json and the doctor in VS Code", function () {
  this.timeout(180_000);
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

  after(() => (fixture as Fixture | undefined)?.dispose());

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  const traces = (): string[] => readdirSync(fixture.runsFolder).filter((name) => name.endsWith(".pftrace"));

  /** Through the palette's steps with what they offer first, but for the chip. */
  async function simulate(soc: string): Promise<void> {
    const before = traces().length;
    await workbench.command("Tandem: Simulate…");
    await workbench.pick("Llama-3.2-1B");
    await workbench.pick(soc);
    await workbench.pick("64 + 64 tokens");
    await workbench.pick("GPU + NPU on the same tensors");
    await workbench.until(() => traces().length > before);
  }

  it("simulates from the palette and opens the modeled trace", async () => {
    await simulate("Snapdragon 8 Gen 3");
    // First of all, as it goes away by itself.
    await workbench.notification("Modeled: Snapdragon 8 Gen 3 would do ≈").waitFor();
    const strip = await workbench.webview(".badge.is-modeled");
    assert.equal(await strip.locator(".badge").first().innerText(), "Modeled");
    await workbench.row("Runs", "Modeled").waitFor();
    await workbench.row("Runs", /Llama-3\.2-1B≈ .*Snapdragon 8 Gen 3/).waitFor();
    await fixture.pictures("simulated");
    await workbench.closeNotifications();
  });

  it("says that a chip is uncalibrated, in the run and in the list", async () => {
    await simulate("Dimensity 9300");
    await workbench.row("Runs", /Dimensity 9300 · uncalibrated/).waitFor();
    await workbench.notification("Modeled, uncalibrated").waitFor();
    await workbench.closeNotifications();
    const strip = await workbench.webview(".badge.is-modeled:has-text('uncalibrated')");
    assert.equal(await strip.locator(".badge").first().innerText(), "Modeled, uncalibrated");
  });

  it("compares the two runs that are selected", async () => {
    const rows = workbench.row("Runs", /Llama-3\.2-1B/);
    await rows.first().click();
    await rows.nth(1).click({ modifiers: ["ControlOrMeta"] });
    await workbench.contextMenu(rows.nth(1), "Compare Runs");
    const page = await workbench.webview(".compare .verdict");
    assert.match(await page.locator(".verdict").innerText(), /^(?:Prefill|Decode).*\.$/);
    assert.match(await page.locator(".badge").innerText(), /^Modeled, uncalibrated$/);
    assert.ok((await page.locator(".row:not(.head)").count()) >= 16);
    await page.locator(".row:not(.head)").first().click();
    await fixture.pictures("compare");
    await page.getByRole("button", { name: "Timelines" }).click();
    await page.locator(".pane canvas.tracks").nth(1).waitFor();
    await fixture.pictures("compare-timelines");
  });

  it("adds an override to a tandem.json that it makes, and shows it", async () => {
    await workbench.command("Tandem: Add Override to tandem.json…");
    await workbench.type("blk.*.ffn_down");
    await workbench.page.keyboard.press("Enter");
    await workbench.pick("gpu");
    await workbench.tab("tandem.json").waitFor();
    const file = path.join(fixture.folder, "workspace", "tandem.json");
    await workbench.until(() => existsSync(file) && readFileSync(file, "utf8").includes("ffn_down"));
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
      solver: { overrides: [{ pattern: "blk.*.ffn_down", strategy: "gpu" }] },
    });
  });

  it("completes settings in tandem.json, and offers to run and simulate them", async () => {
    const { page } = workbench;
    await page.locator(".codelens-decoration", { hasText: "Run" }).first().waitFor();
    assert.match(await page.locator(".codelens-decoration").first().innerText(), /Run.*Simulate/s);
    await page.locator(".monaco-editor .view-line", { hasText: '"solver"' }).first().click();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type('"');
    await page.keyboard.press("Control+Space");
    await page.locator(".suggest-widget .monaco-list-row", { hasText: "gpuShareCap" }).waitFor();
    await fixture.pictures("tandem-json");
    await page.keyboard.press("Escape");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ControlOrMeta+z");
    await workbench.command("File: Revert File");
  });

  it("says what is wrong with a tandem.json before it runs anything", async () => {
    const file = path.join(fixture.folder, "workspace", "tandem.json");
    writeFileSync(file, '{"sovler": {}}');
    await workbench.until(async () => {
      await workbench.command("Tandem: Simulate…");
      const told = await workbench.notification('has a field "sovler"').count();
      if (told === 0) await workbench.page.keyboard.press("Escape");
      return told > 0;
    });
    await workbench.closeNotifications();
    writeFileSync(file, '{"solver": {}}');
  });

  it("finds out why GPU and NPU are not used here", async () => {
    mkdirSync(fixture.runsFolder, { recursive: true });
    await workbench.contextMenu(workbench.row("Devices", "This computer"), "Check Device");
    const page = await workbench.webview(".doctor .verdict");
    assert.match(await page.locator(".verdict").innerText(), /not used|ready/);
    assert.ok((await page.locator(".check").count()) >= 5);
    await fixture.pictures("doctor");
  });

  it("shows each processor with its state in the Devices view", async () => {
    await workbench.toggle(workbench.row("Devices", "This computer"));
    await workbench.row("Devices", /CPU.*, ready/).waitFor();
    await workbench.row("Devices", /NPU.*not used/).waitFor();
    await workbench.toggle(workbench.row("Devices", /NPU.*not used/));
    await workbench.row("Devices", "Find out why…").waitFor();
    await fixture.pictures("processors");
  });
});
