// A page that follows a run: what it does with a file that grows, as the editor's end of the channel tells it.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { gpuNpuRun } from "../fixtures/traceScenarios";
import { BrowserPages } from "./support/browser";

const bytes = gpuNpuRun({ layers: 2, generatedTokens: 6 });

describe("the page while a run goes on", function () {
  this.timeout(120_000);
  const pages = new BrowserPages();

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
    const html = await pages.timelineHtml(bytes);
    await pages.open({ width: 1280, height: 800 }, async (page: Page) => {
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
    });
  });
});
