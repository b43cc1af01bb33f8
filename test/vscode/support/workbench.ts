import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import type * as ChromiumModule from "../../../scripts/lib/chromium.mjs";

/** Where pictures of the real screens are kept. */
export const screenshots = path.join(process.cwd(), "build", "screenshots");

/** A person at a VS Code workbench: palette, trees, notifications, webviews. */
export class Workbench {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(url: string): Promise<Workbench> {
    const script = pathToFileURL(path.resolve("scripts/lib/chromium.mjs")).href;
    const browser = await ((await import(script)) as typeof ChromiumModule).launchChromium();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(".monaco-workbench .activitybar").waitFor({ timeout: 60_000 });
    return new Workbench(browser, page);
  }

  /** Opens Tandem's views by their icon in the activity bar. */
  async openViews(): Promise<void> {
    await this.page.locator('.activitybar .action-item [aria-label="Tandem"]').first().click();
    await this.view("Devices").waitFor();
  }

  /** A view's whole pane, with header, message and rows. */
  view(name: string): Locator {
    return this.page.locator(".pane", { has: this.page.locator(`.pane-header[aria-label^="${name}"]`) });
  }

  /** By the beginning of its label and description as a screen reader hears them, or by a pattern in them. */
  row(view: string, label: string | RegExp): Locator {
    const rows = this.view(view).locator(".monaco-list-row");
    return typeof label === "string"
      ? rows.and(this.page.locator(`[aria-label^="${label}"]`))
      : rows.filter({ hasText: label });
  }

  /** Opens or closes the row's children. */
  async toggle(row: Locator): Promise<void> {
    await row.locator(".monaco-tl-twistie").click();
  }

  /** Runs a command by its title from the palette. */
  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input[type=text]");
    const entry = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    const listed = async (): Promise<boolean> => {
      await this.page.keyboard.press("F1");
      try {
        await input.fill(`>${title}`, { timeout: 5000 });
        await entry.waitFor({ timeout: 5000 });
        return true;
      } catch {
        return false;
      }
    };
    // A palette knows the commands of the moment in which it was opened; an editor that starts learns of more. And one
    // that is about to close takes the key, but no text.
    const deadline = Date.now() + 60_000;
    while (!(await listed())) {
      await this.page.keyboard.press("Escape");
      assert.ok(Date.now() < deadline, `the palette does not list "${title}"`);
    }
    await this.page.keyboard.press("Enter");
  }

  /** Which of these commands the palette finds by their whole titles, each within `patience` milliseconds. */
  async paletteEntries(titles: readonly string[], patience = 5000): Promise<string[]> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input[type=text]");
    const found: string[] = [];
    for (const title of titles) {
      await input.fill(`>${title}`);
      const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
      await row.waitFor({ timeout: patience }).then(
        () => found.push(title),
        () => undefined,
      );
    }
    await this.page.keyboard.press("Escape");
    return found;
  }

  /** What VS Code itself measured, e.g. "Activation: 12ms". */
  async activationTime(extension: string): Promise<string> {
    await this.command("Developer: Show Running Extensions");
    const row = this.page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: extension }).first();
    return row.locator(".activation-time").innerText();
  }

  /** Chooses in the quick pick that is open. */
  async pick(label: string): Promise<void> {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().waitFor();
    // Typing narrows the list, and no hover card can come between.
    await this.page.keyboard.type(label);
    await this.page.keyboard.press("Enter");
  }

  /** Replaces what is written in the input that is open. */
  async type(value: string): Promise<void> {
    const input = this.quickPick().locator("input[type=text]");
    await input.waitFor();
    await input.fill(value);
  }

  /** What is written in the input that is open; empty where none is. */
  async written(): Promise<string> {
    const input = this.quickPick().locator("input[type=text]");
    return (await input.count()) === 0 ? "" : input.inputValue();
  }

  quickPick(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  /** A command of a row's context menu. */
  async contextMenu(row: Locator, item: string): Promise<void> {
    await row.click({ button: "right" });
    const entry = this.page.locator(".context-view .action-item", { hasText: item }).first();
    await entry.waitFor();
    // A menu that has just opened takes no click, so that the one that opened it is not taken for a choice.
    await this.page.waitForTimeout(300);
    await entry.click();
    await entry.waitFor({ state: "hidden" });
  }

  /** Titles of a row's context menu. */
  async menuItems(row: Locator): Promise<string[]> {
    await row.click({ button: "right" });
    const items = this.page.locator(".context-view .action-item .action-label:not(.separator)");
    await items.first().waitFor();
    const titles = await items.allInnerTexts();
    await this.page.keyboard.press("Escape");
    return titles;
  }

  /** As after *Developer: Reload Window*. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    await this.command("Developer: Reload Window");
    await loaded;
    await this.page.locator(".monaco-workbench .activitybar").waitFor({ timeout: 60_000 });
  }

  async closeNotifications(): Promise<void> {
    await this.command("Notifications: Clear All Notifications");
    await this.page.locator(".notifications-toasts .notification-list-item").first().waitFor({ state: "detached" });
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await holds())) {
      assert.ok(Date.now() < deadline, "did not happen in time");
      await this.page.waitForTimeout(50);
    }
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text });
  }

  statusBar(): Locator {
    return this.page.locator('.statusbar [id="tandem.tandem.tandem.status"], .statusbar-item[aria-label^="Tandem"]');
  }

  tab(name: string | RegExp): Locator {
    return this.page.locator(".tabs-container .tab", { hasText: name });
  }

  /** The page of the webview in which this element is. */
  async webview(marker: string): Promise<FrameLocator> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const count = await this.page.locator("iframe.webview.ready").count();
      for (let index = 0; index < count; index++) {
        const outer = this.page.locator("iframe.webview.ready").nth(index).contentFrame();
        const frame = outer.frameLocator("#active-frame");
        if ((await frame.locator(marker).count()) > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    assert.fail(`no webview shows ${marker}`);
  }

  /** Keeps a picture of the whole window, once what fades in or out has done so. */
  async picture(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.waitForTimeout(400);
    await this.page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
