// A headless Chromium for the tests of one file, and the pages that they open in it.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import type * as ChromiumModule from "../../../scripts/lib/chromium.mjs";
import type * as RendererModule from "../../../scripts/render-timeline.mjs";

export type Theme = "dark" | "light" | "hc" | "hcl";

export interface Size {
  readonly width: number;
  readonly height: number;
}

const script = (name: string): string => pathToFileURL(path.resolve("scripts", name)).href;

/**
 * To be made inside `describe`: its hooks start the browser before the tests and end it after them. Where no Chromium
 * starts, the tests are skipped and the reason is printed.
 */
export class BrowserPages {
  #browser: Browser | undefined;
  #renderer: typeof RendererModule | undefined;
  #folder = "";

  constructor() {
    const start = (skip: () => never): Promise<void> => this.#start(skip);
    before(function () {
      return start(() => this.skip());
    });
    after(async () => {
      await this.#browser?.close();
      if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
    });
  }

  async #start(skip: () => never): Promise<void> {
    const chromium = (await import(script("lib/chromium.mjs"))) as typeof ChromiumModule;
    if ((await chromium.chromiumPath()) === undefined) {
      process.stdout.write(`      skipped: ${chromium.noChromium}\n`);
      skip();
    }
    this.#renderer = (await import(script("render-timeline.mjs"))) as typeof RendererModule;
    this.#browser = await chromium.launchChromium();
    this.#folder = await mkdtemp(path.join(tmpdir(), "tandem-pages-"));
  }

  /** The timeline's page as a report, with a trace inside. */
  async timelineHtml(bytes: Uint8Array, theme: Theme = "dark", form: "full" | "strip" = "full"): Promise<string> {
    assert.ok(this.#renderer !== undefined, "the browser is started before the tests");
    const trace = path.join(this.#folder, "run.pftrace");
    await writeFile(trace, bytes);
    return this.#renderer.timelinePage({ trace, theme, form });
  }

  /** Opens an empty tab without a network for `use`; what the page reports as an error fails the test. */
  async open(size: Size, use: (page: Page) => Promise<void>): Promise<void> {
    assert.ok(this.#browser !== undefined, "the browser is started before the tests");
    const context = await this.#browser.newContext({ viewport: size, offline: true });
    try {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      await use(page);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  }

  /** Waits until the timeline, or the state in its place, is drawn. */
  async settled(page: Page): Promise<void> {
    await this.#renderer?.settled(page);
  }
}
