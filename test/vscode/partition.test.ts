// The plan of a modeled 8B run in the real editor: layers by ops, the way to the slices, and curves from a real agent.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { FrameLocator } from "playwright-core";
import { heterogeneousPlan } from "../fixtures/plans";
import { assertOneSentence } from "../fixtures/sentence";
import { gpuNpuRun } from "../fixtures/traceScenarios";
import { Fixture, agentPath, print } from "./support/fixture";
import type { Workbench } from "./support/workbench";

describe("the partition and the shapes in VS Code", function () {
  this.timeout(180_000);
  let fixture: Fixture;
  let workbench: Workbench;

  before(async function () {
    if (!existsSync(agentPath)) {
      print("skipped, because the agent is not built (build/host-release/bin/tandem-agent)");
      this.skip();
    }
    fixture = await Fixture.start();
    workbench = fixture.workbench;
    const words = ["simulate", "llama-3-8b", "--soc", "snapdragon-8-gen-3", "-p", "300", "-n", "4"];
    const places = ["--runs", fixture.runsFolder, "--agent", agentPath];
    await promisify(execFile)(process.execPath, ["dist/cli.js", ...words, ...places]);
    await workbench.openViews();
    await workbench.command("Tandem: Refresh Runs");
  });

  after(() => (fixture as Fixture | undefined)?.dispose());

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  const openTab = async (name: string): Promise<FrameLocator> => {
    const timeline = await workbench.webview(".tabs, .strip");
    if (!(await timeline.locator(".tabs").first().isVisible()))
      await timeline.getByText("Open timeline").first().click();
    await timeline.locator(".tabs").getByText(name, { exact: true }).click();
    return timeline;
  };

  it("shows the plan of an 8B model, why an op is placed where it is, and its slices", async () => {
    await workbench
      .row("Runs", /llama-3-8b/i)
      .first()
      .click();
    await workbench.tab(/\.pftrace/).waitFor();
    const page = await openTab("Partition");
    const cell = page.locator('[data-op="blk.7.ffn_gate"]');
    await cell.waitFor();
    assert.equal(await page.locator(".plan-cell").count(), 32 * 7 + 1);
    await cell.hover();
    // The pointer may rest on another cell while the page is still laid out.
    const card = page.locator(".plan-card", { hasText: "blk.7.ffn_gate" });
    await card.waitFor();
    const words = await card.innerText();
    assert.match(words, /\bchosen\b/);
    assert.match(words, /300 is not a standard length\./);
    await fixture.pictures("partition");
    await cell.focus();
    await workbench.page.keyboard.press("Enter");
    await page.locator(".details-title", { hasText: "blk.7.ffn_gate" }).waitFor();
    await fixture.pictures("partition-slices");
  });

  it("shows the shapes' curves from an agent, and asks again after that one died", async () => {
    const page = await openTab("Shapes");
    await page.locator(".chart canvas").waitFor();
    await page.locator(".shape-item", { hasText: "ffn_down" }).click();
    const aside = page.locator(".plan-aside");
    await aside.getByText(/all GPU/).waitFor();
    assert.match(await aside.innerText(), /300 tokens/);
    await page.locator(".chart").focus();
    await workbench.page.keyboard.press("ArrowLeft");
    await aside.getByText("299 tokens", { exact: true }).waitFor();
    await fixture.pictures("shapes");
    fixture.killAgents();
    await openTab("Timeline");
    const again = await openTab("Shapes");
    // Either a new agent answered already, or the page says what happened and can be asked again.
    const retry = again.getByText("Try again");
    await again.locator(".chart canvas, .state .actions").first().waitFor();
    if (await retry.isVisible()) {
      assertOneSentence(await again.locator(".state p").first().innerText());
      await retry.click();
    }
    await again.locator(".chart canvas").waitFor();
  });

  it("says in one sentence where a trace does not hold what its plan was made from", async () => {
    const bytes = gpuNpuRun({ layers: 4, promptTokens: 300, generatedTokens: 2, plan: heterogeneousPlan(4) });
    writeFileSync(path.join(fixture.runsFolder, "bare.pftrace"), bytes);
    await workbench.command("Tandem: Refresh Runs");
    await workbench.page.keyboard.press("Control+w");
    await workbench
      .row("Runs", /\bbare\b/)
      .first()
      .click();
    await workbench.tab("bare.pftrace").waitFor();
    const page = await openTab("Shapes");
    const state = page.locator(".state");
    await state.waitFor();
    assertOneSentence(await state.locator("p").first().innerText());
    await fixture.pictures("shapes-without-costs");
  });
});
