// The page for every eye: both renderers draw the same picture, assistive technology finds nothing wrong.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type * as AxeModule from "axe-core";
import type { Page } from "playwright-core";
import { gpuNpuRun } from "../fixtures/traceScenarios";
import { BrowserPages, type Theme } from "./support/browser";

describe("looks of the timeline", function () {
  this.timeout(240_000);
  const pages = new BrowserPages();

  const bytes = gpuNpuRun({ layers: 3, generatedTokens: 3 });

  async function show(
    theme: Theme,
    form: "full" | "strip",
    canvas: boolean,
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    let html = await pages.timelineHtml(bytes, theme, form);
    if (canvas) html = html.replace("<body ", '<body data-renderer="canvas" ');
    await pages.open({ width: 1280, height: 800 }, async (page) => {
      await page.setContent(html);
      await pages.settled(page);
      await use(page);
    });
  }

  /** The slices' canvas as RGBA over the page's background, at a view that shows slices, density and joins. */
  async function pixels(theme: Theme, canvas: boolean, keys: readonly string[]): Promise<Uint8Array> {
    let found = "";
    await show(theme, "full", canvas, async (page) => {
      for (const key of keys) await page.keyboard.press(key);
      await page.waitForTimeout(400);
      found = await page.evaluate(pixelsOfSlices);
    });
    return Buffer.from(found, "base64");
  }

  for (const theme of ["dark", "light", "hc"] as const) {
    for (const [view, keys] of [
      ["the whole run", ["0"]],
      ["a layer", ["l", "c"]],
    ] as const) {
      it(`draws ${view} alike with WebGL2 and with Canvas2D, ${theme}`, async () => {
        const [webgl, canvas] = [await pixels(theme, false, keys), await pixels(theme, true, keys)];
        assert.equal(webgl.length, canvas.length);
        let inked = 0;
        let different = 0;
        for (let i = 0; i < webgl.length; i += 4) {
          const far = [0, 1, 2].some((part) => Math.abs((webgl[i + part] ?? 0) - (canvas[i + part] ?? 0)) > 48);
          if (far) different++;
          if ((webgl[i + 3] ?? 0) > 0 || (canvas[i + 3] ?? 0) > 0) inked++;
        }
        assert.ok(inked > 5000, `only ${String(inked)} pixels are drawn`);
        // Edges between pixels and the phase of a hatch may differ, areas may not.
        assert.ok(different < inked * 0.06, `${String(different)} of ${String(inked)} pixels differ`);
      });
    }
  }

  const axeSource = readFile(createRequire(path.resolve("package.json")).resolve("axe-core/axe.min.js"), "utf8");

  for (const [name, form, keys] of [
    ["the strip", "strip", []],
    ["the full form with a selection", "full", ["ArrowRight", "l"]],
    ["the list of keys", "full", ["?"]],
  ] as const) {
    for (const theme of ["dark", "light"] as const) {
      it(`finds nothing wrong in ${name}, ${theme}`, async () => {
        await show(theme, form, false, async (page) => {
          for (const key of keys) await page.keyboard.press(key);
          await page.waitForTimeout(300);
          await page.evaluate(await axeSource);
          const violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as { readonly axe: typeof AxeModule };
            const { violations } = await axe.run(document, { resultTypes: ["violations"] });
            return violations.map(
              ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
            );
          });
          assert.deepEqual(violations, []);
        });
      });
    }
  }
});

/** Runs in the page. */
function pixelsOfSlices(): string {
  const from = document.querySelector<HTMLCanvasElement>("canvas.slices");
  if (from === null) return "";
  const copy = document.createElement("canvas");
  copy.width = from.width;
  copy.height = from.height;
  const context = copy.getContext("2d");
  context?.drawImage(from, 0, 0);
  const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? new Uint8ClampedArray();
  let text = "";
  for (let i = 0; i < data.length; i += 32_768) text += String.fromCharCode(...data.subarray(i, i + 32_768));
  return btoa(text);
}
