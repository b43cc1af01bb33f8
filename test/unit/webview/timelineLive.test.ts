// A page that follows a run: what it does with a file that grows, as the editor's end of the channel tells it.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import type * as ChromiumModule from "../../../scripts/lib/chromium.mjs";
import type * as RendererModule from "../../../scripts/render-timeline.mjs";
import { TraceReader } from "../../../src/trace/decode";
import { nameOf, startOf } from "../../../src/trace/trace";
import { followed, movedSelection } from "../../../webview/timeline/follower";
import { gpuNpuRun } from "../../fixtures/traceScenarios";

const bytes = gpuNpuRun({ layers: 2, generatedTokens: 6 });

describe("following a run", () => {
  it("keeps the whole run whole, and a part of it as long as it was at the end", () => {
    assert.deepEqual(followed({ start: 0, end: 100 }, 100, 150), { start: 0, end: 150 });
    const { start, end } = followed({ start: 60, end: 100 }, 100, 200);
    assert.ok(Math.abs(end - start - 40) < 1e-9 && end > 200 && start < 200);
  });

  it("keeps the same slice selected while rows grow", () => {
    const reader = new TraceReader("run.pftrace");
    reader.push(bytes.subarray(0, bytes.length >> 1));
    const before = reader.trace();
    reader.push(bytes.subarray(bytes.length >> 1));
    const now = reader.trace();
    assert.ok(before.ok && now.ok && now.value.slices.count > before.value.slices.count);
    for (let slice = 0; slice < before.value.slices.count; slice += 7) {
      const moved = movedSelection(before.value, now.value, slice);
      assert.ok(moved !== undefined);
      assert.equal(startOf(now.value, moved), startOf(before.value, slice));
      assert.equal(nameOf(now.value, moved).text, nameOf(before.value, slice).text);
    }
    assert.equal(movedSelection(before.value, now.value, undefined), undefined);
  });
});

describe("the page while a run goes on", function () {
  this.timeout(120_000);
  type Renderer = typeof RendererModule;
  let renderer: Renderer;
  let folder: string;

  before(async function () {
    const script = (name: string): string => pathToFileURL(path.resolve("scripts", name)).href;
    renderer = (await import(script("render-timeline.mjs"))) as Renderer;
    const { chromiumPath, noChromium } = (await import(script("lib/chromium.mjs"))) as typeof ChromiumModule;
    folder = await mkdtemp(path.join(tmpdir(), "tandem-live-"));
    if ((await chromiumPath()) === undefined) {
      process.stdout.write(`      skipped: ${noChromium}\n`);
      this.skip();
    }
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** The editor's end: of the file inside the page, the first `arrived` bytes are there. */
  const editor = `<script>
    window.arrived = 0;
    window.running = true;
    window.acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => undefined, postMessage: (message) => {
      if (message.kind !== "request") return;
      const text = atob(document.getElementById("tandem-trace").textContent.trim());
      const all = Uint8Array.from(text, (character) => character.charCodeAt(0));
      const from = message.params?.from ?? 0;
      const value = message.name === "load"
        ? { fileName: "run.pftrace", running: window.running }
        : { bytes: all.slice(from, window.arrived), size: window.arrived, stamp: String(window.arrived), running: window.running };
      setTimeout(() => window.postMessage({ kind: "reply", id: message.id, result: { ok: true, value } }), 0);
    }});
    window.grow = (part, running) => {
      const length = atob(document.getElementById("tandem-trace").textContent.trim()).length;
      window.arrived = Math.floor(length * part);
      window.running = running;
      window.postMessage({ kind: "event", name: "changed", value: null });
    };
  </script>`;

  it("shows what comes, keeps what the user chose, and ends with the run", async () => {
    const trace = path.join(folder, "run.pftrace");
    await writeFile(trace, bytes);
    const html = await renderer.timelinePage({ trace, theme: "dark" });
    await renderer.withPage({ width: 1280, height: 800 }, async (page: Page) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      await page.setContent(html.replace(/<script>(?!window)/, () => `${editor}<script>`));
      await page.getByText("The run has begun").first().waitFor();
      const grow = (part: number, running: boolean): Promise<void> =>
        page.evaluate(`window.grow(${String(part)}, ${String(running)})`);
      await grow(0.4, true);
      const pill = page.locator(".badge.live");
      await pill.waitFor();
      assert.equal(await pill.innerText(), "Live");
      assert.equal(await page.locator(".notice").count(), 0, "a run in progress lacks nothing");
      // A selection and a view of one's own stay while more comes.
      await page.keyboard.press("/");
      await page.keyboard.type("blk.0.ffn_gate_up");
      await page.keyboard.press("Enter");
      await page.locator(".details-title").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("w");
      await page.waitForFunction(() => document.querySelector(".badge.live")?.textContent === "Live, not following");
      await grow(0.8, true);
      await page.waitForTimeout(1500);
      assert.match(await page.locator(".details-title").innerText(), /blk\.0\.ffn_gate_up/);
      await pill.click();
      assert.equal(await pill.innerText(), "Live");
      await grow(1, false);
      await pill.waitFor({ state: "detached" });
      assert.match(await page.locator(".keys").innerText(), /Decode/);
      assert.deepEqual(problems, []);
    });
  });
});
