// The comparison page in a real browser.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { gpuNpuRun } from "../fixtures/traceScenarios";
import { BrowserPages } from "./support/browser";
import { type ThemeName, bundlePage, toldOf } from "./support/bundlePage";

const pictures = path.resolve("build/screenshots/compare");

describe("comparison page", function () {
  this.timeout(120_000);
  const pages = new BrowserPages();

  before(() => mkdir(pictures, { recursive: true }));

  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

  async function show(
    runs: { readonly a: Uint8Array; readonly b: Uint8Array },
    use: (page: Page) => Promise<void>,
    theme: ThemeName = "dark",
  ): Promise<void> {
    await pages.open({ width: 1440, height: 900 }, async (page) => {
      const source = (name: "a" | "b"): object => ({
        ok: true,
        value: { fileName: `run-${name}.pftrace`, base64: base64(runs[name]) },
      });
      const answers = { 'load {"run":"a"}': source("a"), 'load {"run":"b"}': source("b") };
      await page.setContent(await bundlePage("compare", theme, answers));
      await page.waitForSelector(".verdict, .state[role=alert]");
      await use(page);
    });
  }

  const two = {
    a: gpuNpuRun({ layers: 12, generatedTokens: 6, seed: 1 }),
    b: gpuNpuRun({ layers: 12, generatedTokens: 6, seed: 2 }),
  };
  const rows = (page: Page): Promise<number> => page.locator(".row:not(.head)").count();

  it("says what differs in one sentence, with the figures of both and a row for each layer", async () => {
    await show(two, async (page) => {
      assert.match(await page.locator(".verdict").innerText(), /^(?:Prefill|Decode|No difference).*\.$/);
      assert.equal(await rows(page), 13);
      assert.match(await page.locator(".figures").innerText(), /First token\s+Prefill\s+Decode/);
      assert.match(await page.locator(".badge").innerText(), /^Measured$/);
      assert.match(await page.locator("aside").innerText(), /What changed/);
    });
  });

  it("moves with the keyboard: rows, the next significant change, swap, timelines", async () => {
    await show(two, async (page) => {
      await page.keyboard.press("ArrowDown");
      await page.waitForSelector('.row[aria-selected="true"]');
      await page.keyboard.press("ArrowDown");
      const label = await page.locator('.row[aria-selected="true"]').getAttribute("data-label");
      assert.equal(label, "layer 1");
      assert.match(await page.locator("aside").innerText(), /Layer 1, largest differences/);
      const before = await page.locator(".figures tbody tr").first().innerText();
      await page.keyboard.press("s");
      await page.waitForFunction(
        (was) => document.querySelector<HTMLElement>(".figures tbody tr")?.innerText !== was,
        before,
      );
      assert.ok((await toldOf(page)).some(({ name }) => name === "swapped"));
      await page.keyboard.press("Enter");
      await page.waitForSelector(".timelines .pane canvas.tracks");
      assert.equal(await page.locator(".timelines .pane").count(), 2);
      await page.keyboard.press("Escape");
      await page.waitForSelector(".rows");
    });
  });

  it("keeps both timelines in step", async () => {
    await show(two, async (page) => {
      await page.getByRole("button", { name: "Timelines" }).click();
      const [a, b] = [page.locator(".pane").nth(0), page.locator(".pane").nth(1)];
      await a.locator("canvas.tracks").waitFor();
      await page.waitForTimeout(200);
      const was = await b.locator("canvas.tracks").screenshot();
      await page.keyboard.press("w");
      await page.keyboard.press("w");
      await page.waitForTimeout(400);
      assert.notDeepEqual(await b.locator("canvas.tracks").screenshot(), was, "B follows A");
      await page.screenshot({ path: path.join(pictures, "timelines-dark.png") });
    });
  });

  it("aligns by op and sorts by the largest change", async () => {
    await show(two, async (page) => {
      await page.getByRole("group", { name: "Align by" }).getByRole("button", { name: "Op" }).click();
      await page.getByRole("button", { name: "Largest change" }).click();
      const labels = await page
        .locator(".row:not(.head)")
        .evaluateAll((all) => all.map((row) => row.getAttribute("data-label") ?? ""));
      assert.ok(
        labels.some((label) => label.startsWith("ffn_down")),
        labels.join(),
      );
      await page.screenshot({ path: path.join(pictures, "ops-dark.png") });
    });
  });

  it("labels measured against modeled, and judges neither", async () => {
    const modeled = gpuNpuRun({ layers: 12, generatedTokens: 6, seed: 2, origin: "modeled" });
    await show({ a: two.a, b: modeled }, async (page) => {
      assert.deepEqual(await page.locator(".badge").allInnerTexts(), ["Measured", "Modeled"]);
      assert.match(await page.locator(".compare header").innerText(), /Times of A are measured, those of B modeled\./);
      assert.equal(await page.locator(".good, .bad").count(), 0);
      await page.screenshot({ path: path.join(pictures, "mixed-dark.png") });
    });
  });

  it("says in one sentence what cannot be compared", async () => {
    await show({ a: two.a, b: new Uint8Array([1, 2, 3]) }, async (page) => {
      assert.match(await page.locator(".state").innerText(), /These runs cannot be compared/);
      assert.ok((await toldOf(page)).some(({ name }) => name === "problem"));
    });
    await show({ a: two.a, b: two.a.slice(0, two.a.length >> 1) }, async (page) => {
      assert.match(await page.locator(".compare header").innerText(), /Run B was cut off before its end/);
    });
  });

  for (const theme of ["dark", "light", "hc"] as const) {
    it(`is drawn in ${theme}`, async () => {
      await show(
        two,
        async (page) => {
          await page.keyboard.press("ArrowDown");
          await page.keyboard.press("n");
          await page.waitForTimeout(200);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
          assert.equal(overflow, false, "nothing is cut off at the right");
          await page.screenshot({ path: path.join(pictures, `compare-${theme}.png`) });
        },
        theme,
      );
    });
  }
});
