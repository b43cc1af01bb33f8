// The doctor's page in a real browser.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import type { DoctorState } from "../../src/ui/messages/doctor";
import { BrowserPages } from "./support/browser";
import { type ThemeName, bundlePage, toldOf } from "./support/bundlePage";

const pictures = path.resolve("build/screenshots/doctor");
const state: DoctorState = {
  deviceName: "Xiaomi 14",
  busy: null,
  checkedAt: "14:02",
  report: {
    device: { id: "adb:2f8c1a", name: "Xiaomi 14", kind: "phone" },
    verdict: "The NPU is not used: the NPU's library libQnnHtp.so could not be loaded. The GPU is ready.",
    todo: "Copy the QNN files for this chip beside the agent.",
    seconds: 1.9,
    checks: [
      {
        group: "Connection",
        name: "Phone",
        state: "ok",
        sentence: "Xiaomi 14 answers adb as 2f8c1a.",
        code: null,
        todo: null,
        fix: null,
      },
      {
        group: "GPU",
        name: "Adreno 750",
        state: "ok",
        sentence: "Ready: it runs every op.",
        code: null,
        todo: null,
        fix: null,
      },
      {
        group: "NPU",
        name: "Runtime",
        state: "error",
        sentence: "The NPU's library libQnnHtp.so could not be loaded.",
        code: 'dlopen: library "libQnnHtp.so" not found · searched /data/local/tmp/tandem/lib, /system/lib64, /vendor/lib64',
        todo: "Copy the QNN files for this chip beside the agent.",
        fix: "show-agent-log",
      },
      {
        group: "Memory and speed",
        name: "Temperature",
        state: "warning",
        sentence: "44.0 °C, so it slows down.",
        code: null,
        todo: "Let it cool before you measure.",
        fix: null,
      },
    ],
  },
};

describe("doctor page", function () {
  this.timeout(120_000);
  const pages = new BrowserPages();

  before(() => mkdir(pictures, { recursive: true }));

  async function show(theme: ThemeName, use: (page: Page) => Promise<void>): Promise<void> {
    await pages.open({ width: 1440, height: 900 }, async (page) => {
      await page.setContent(await bundlePage("doctor", theme, { ready: { ok: true, value: state } }));
      await page.waitForSelector(".verdict");
      await use(page);
      await page.screenshot({ path: path.join(pictures, `doctor-${theme}.png`) });
    });
  }

  it("says the answer first, then what to do, then each check with its code", async () => {
    await show("dark", async (page) => {
      assert.match(await page.locator("header").innerText(), /The NPU is not used.*\n.*Copy the QNN files/s);
      assert.equal(await page.locator(".check").count(), 4);
      assert.match(await page.locator(".check .mono").innerText(), /searched/);
      await page.getByRole("button", { name: "Check again" }).click();
      await page.getByRole("button", { name: "Show agent log" }).click();
      await page.getByRole("button", { name: "Copy report" }).click();
      const told = await toldOf(page);
      assert.deepEqual(
        told.map(({ name }) => name),
        ["ready", "checkAgain", "fix", "copy"],
      );
      assert.match(JSON.stringify(told.at(-1)?.value), /\[error\] NPU, Runtime/);
    });
  });

  for (const theme of ["light", "hc"] as const) it(`is drawn in ${theme}`, () => show(theme, () => Promise.resolve()));
});
