// The real page in a real browser: what is drawn, clicked, typed and read.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { assertOneSentence } from "../fixtures/sentence";
import { cpuRun, gpuNpuRun } from "../fixtures/traceScenarios";
import { BrowserPages } from "./support/browser";

describe("timeline page", function () {
  this.timeout(120_000);
  const pages = new BrowserPages();

  interface Shown {
    readonly bytes: Uint8Array;
    readonly form?: "full" | "strip";
    readonly width?: number;
    readonly height?: number;
  }

  async function show(shown: Shown, use: (page: Page) => Promise<void>): Promise<void> {
    const html = await pages.timelineHtml(shown.bytes, "dark", shown.form);
    await pages.open({ width: shown.width ?? 1280, height: shown.height ?? 800 }, async (page) => {
      await page.setContent(html);
      await pages.settled(page);
      await use(page);
    });
  }

  const text = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText();

  it("tells how fast a run was and where it ran", async () => {
    await show({ bytes: cpuRun() }, async (page) => {
      assert.match(await text(page, "h1"), /^Tandem demo 4M Q8_0$/);
      assert.match(await text(page, ".badge"), /^Measured$/);
      const keys = await text(page, ".keys");
      for (const label of ["Time to first token", "Prefill", "Decode", "Peak memory", "Ran on"])
        assert.ok(keys.includes(label), label);
      assert.match(keys, /CPU\s+2 threads/);
      assert.match(await text(page, ".dock"), /Sum\s+2\s?\d{3}/);
    });
  });

  it("selects the slice that is clicked, and says what it is", async () => {
    await show({ bytes: gpuNpuRun({ layers: 4, generatedTokens: 2 }) }, async (page) => {
      // The search brings a slice to the middle; then nothing is selected, and the mouse finds it there.
      await page.keyboard.press("/");
      await page.keyboard.type("blk.1.ffn_gate_up");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      await page.keyboard.press("f");
      await page.waitForTimeout(400);
      await page.keyboard.press("Escape");
      await page.waitForSelector("aside.hidden", { state: "attached" });
      await page.waitForTimeout(200);
      const box = await page.locator("canvas.tracks").boundingBox();
      assert.ok(box !== null);
      // The middle of the NPU's row: below ruler and bands, the GPU and the joins.
      await page.mouse.click(box.x + 140 + (box.width - 150) * 0.5, box.y + 88 + 65 + 44 + 6 + 16 + 6 + 16 + 6 + 20);
      await page.waitForSelector(".details-content");
      assert.match(await text(page, ".details-title"), /^blk\.1\.ffn_gate_up/);
      const details = await text(page, ".details-content");
      for (const label of ["Duration", "Shape", "Bytes", "FLOPs", "Median"]) assert.ok(details.includes(label), label);
      assert.match(
        await page.locator("[aria-live=polite][role=status]").innerText(),
        /NPU.*(?:milli|micro)seconds.*predicted/,
      );
    });
  });

  it("moves by keyboard from slice to slice, to the other half, and over layers", async () => {
    await show({ bytes: gpuNpuRun({ layers: 3, generatedTokens: 2 }) }, async (page) => {
      const title = (): Promise<string> => text(page, ".details-title");
      await page.keyboard.press("ArrowRight");
      await page.waitForSelector(".details-content");
      const first = await title();
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction((before) => document.querySelector(".details-title")?.textContent !== before, first);
      await page.keyboard.press("l");
      await page.waitForFunction(() => document.querySelector(".dock-title")?.textContent.includes("Range: layer"));
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => document.querySelector(".dock-title")?.textContent.startsWith("In view"));
      await page.keyboard.press("Escape");
      await page.waitForSelector("aside.hidden", { state: "attached" });
    });
  });

  it("sizes the sums and the details, by pointer and by keyboard", async () => {
    await show({ bytes: cpuRun() }, async (page) => {
      const heightOf = async (): Promise<number> => (await page.locator(".dock").boundingBox())?.height ?? 0;
      const edge = page.getByRole("separator", { name: "Height of the sums" });
      const before = await heightOf();
      await edge.focus();
      await page.keyboard.press("ArrowUp");
      assert.equal(await heightOf(), before + 16);
      assert.equal(await edge.getAttribute("aria-valuenow"), String(before + 16));
      const place = await edge.boundingBox();
      assert.ok(place !== null);
      await page.mouse.move(place.x + 300, place.y + 3);
      await page.mouse.down();
      await page.mouse.move(place.x + 300, place.y + 43, { steps: 4 });
      await page.mouse.up();
      assert.equal(await heightOf(), before + 16 - 40);
      const names = page.getByRole("separator", { name: "Width of the names" });
      const namesAt = async (): Promise<number> => Math.round((await names.boundingBox())?.x ?? 0);
      const was = await namesAt();
      const tracks = await page.locator("canvas.tracks").screenshot();
      await page.mouse.move(was + 3, place.y - 80);
      await page.mouse.down();
      await page.mouse.move(was + 53, place.y - 80, { steps: 4 });
      await page.mouse.up();
      assert.equal(await namesAt(), was + 50);
      assert.notDeepEqual(await page.locator("canvas.tracks").screenshot(), tracks, "the tracks have moved, too");
      await names.focus();
      await page.keyboard.press("ArrowLeft");
      assert.equal(await namesAt(), was + 34);
      assert.equal(await page.getByRole("separator", { name: "Width of the details" }).count(), 0, "no details yet");
      await page.locator("canvas.tracks").focus();
      await page.keyboard.press("ArrowRight");
      await page.locator("aside .details-content").waitFor();
      await page.getByRole("separator", { name: "Width of the details" }).focus();
      await page.keyboard.press("Home");
      assert.ok(((await page.locator("aside").boundingBox())?.width ?? 0) < 356);
    });
  });

  it("folds a track by a click on its name, and that of the selection by H", async () => {
    await show({ bytes: gpuNpuRun({ layers: 2, generatedTokens: 2 }) }, async (page) => {
      const said = page.locator("[aria-live=polite][role=status]");
      const tracks = page.locator("canvas.tracks");
      const open = await tracks.screenshot();
      const box = await tracks.boundingBox();
      assert.ok(box !== null);
      // The name of the GPU's row: below ruler and bands.
      await page.mouse.click(box.x + 40, box.y + 88 + 65 + 20);
      await said.getByText("1 track folded").waitFor();
      assert.notDeepEqual(await tracks.screenshot(), open);
      await page.keyboard.press("Shift+H");
      await said.getByText("0 tracks folded").waitFor();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("h");
      await said.getByText("1 track folded").waitFor();
      assert.match(await text(page, ".details-title"), /\S/, "the selection stays");
    });
  });

  it("searches, counts, and goes from match to match", async () => {
    await show({ bytes: gpuNpuRun({ layers: 3, generatedTokens: 2 }) }, async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type("ffn_down");
      await page.waitForFunction(() => document.querySelector(".hits")?.textContent === "8");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector(".hits")?.textContent === "1 of 8");
      assert.match(await text(page, ".details-title"), /^blk\.0\.ffn_down/);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector(".hits")?.textContent === "2 of 8");
      await page.keyboard.type("x");
      await page.waitForFunction(() => document.querySelector(".hits")?.textContent === "none");
    });
  });

  it("opens small as a strip of layers, and grows at the layer that is chosen", async () => {
    await show({ bytes: gpuNpuRun({ layers: 5, generatedTokens: 2 }), form: "strip", width: 700 }, async (page) => {
      assert.equal(await page.locator(".strip-row:not(.strip-head)").count(), 6);
      assert.match(await text(page, ".strip-rows"), /ffn_down on GPU only/);
      await page.locator(".strip-row", { hasText: /^2/ }).first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForSelector("canvas.tracks");
      assert.match(await text(page, ".dock-title"), /Range: layer \d/);
    });
  });

  it("marks what is modeled, and shows no measured comparison beside it", async () => {
    await show({ bytes: gpuNpuRun({ layers: 2, generatedTokens: 2, origin: "modeled" }) }, async (page) => {
      assert.equal(await text(page, ".badge"), "Modeled");
      assert.match(await text(page, ".keys"), /≈ /);
      assert.match(await text(page, ".keys"), /Would run on/);
      assert.ok(!(await text(page, ".dock")).includes("Against predicted"));
    });
  });

  it("exports the table, the Chrome trace and a picture of the tracks", async () => {
    await show({ bytes: cpuRun({ layers: 1, generatedTokens: 2 }) }, async (page) => {
      const save = async (label: string): Promise<Buffer> => {
        await page.locator("vscode-button[aria-label=Export]").click();
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("menuitem", { name: label }).click(),
        ]);
        return readFile(await download.path());
      };
      const table = (await save("Table of slices")).toString();
      assert.match(table, /^track,depth,name,start_ns,duration_ns,/);
      assert.match(table, /\nCPU,0,blk\.0\.ffn_down,/);
      const chrome = JSON.parse((await save("Chrome trace")).toString()) as {
        readonly traceEvents: readonly unknown[];
      };
      assert.ok(chrome.traceEvents.length > 30);
      const picture = await save("Picture of the tracks");
      assert.equal(picture.subarray(1, 4).toString(), "PNG");
      assert.ok(picture.length > 5000);
    });
  });

  it("says what is wrong with a file, in a sentence", async () => {
    await show({ bytes: new TextEncoder().encode("no trace") }, async (page) => {
      assert.match(await text(page, ".state"), /run\.pftrace is not a trace that Tandem reads;.*\.\s/);
      assert.match(await text(page, ".state .mono"), /^trace-foreign/);
      assertOneSentence(await page.locator(".state > p").first().innerText());
    });
    const cut = gpuNpuRun({ layers: 2, generatedTokens: 6 });
    await show({ bytes: cut.subarray(0, Math.floor(cut.length * 0.8) + 1), form: "strip" }, async (page) => {
      assert.match(await text(page, ".notice"), /ends in the middle of a packet|has no end/);
      assert.equal(await page.locator(".notice").count(), 1);
      assertOneSentence(await page.locator(".notice > span").last().innerText());
      assert.equal(await page.locator(".strip-row:not(.strip-head)").count(), 3);
    });
  });
});
