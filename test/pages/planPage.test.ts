// The partition and the shapes in a real browser: what is shown, reached by keyboard, said and asked for.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ProfileCurvesParams } from "../../src/plan/types";
import { curvesAnswer } from "../fixtures/curves";
import { heterogeneousPlan } from "../fixtures/plans";
import { assertOneSentence } from "../fixtures/sentence";
import { gpuNpuRun } from "../fixtures/traceScenarios";
import { BrowserPages } from "./support/browser";
import { type Editor, showInEditor } from "./support/editorPage";

describe("partition page", function () {
  this.timeout(120_000);
  const pages = new BrowserPages();

  async function show(bytes: Uint8Array, use: (page: Page) => Promise<void>): Promise<void> {
    const html = await pages.timelineHtml(bytes);
    await pages.open({ width: 1440, height: 900 }, async (page) => {
      await page.setContent(html);
      await pages.settled(page);
      await use(page);
    });
  }

  const run = (plan: unknown = heterogeneousPlan(4)): Uint8Array =>
    gpuNpuRun({ layers: 4, promptTokens: 300, generatedTokens: 3, plan });
  const open = async (page: Page): Promise<void> => {
    await page.keyboard.press("p");
    await page.waitForSelector("tandem-plan-matrix .plan-cell");
  };
  const focused = (page: Page): Promise<string> =>
    page.evaluate("document.activeElement?.dataset?.op ?? document.activeElement?.tagName");

  it("shows layers by ops, sums, the legend's counts and the exceptions", async () => {
    await show(run(), async (page) => {
      await open(page);
      assert.equal(await page.locator("[role=grid] [role=row] .plan-cell").count(), 4 * 6 + 1);
      const cell = page.locator('[data-op="blk.1.ffn_gate_up"]');
      assert.equal(
        await cell.getAttribute("aria-label"),
        "layer 1, blk.1.ffn_gate_up, activation 256 + 32 | 12, predicted 16.6 milliseconds",
      );
      const aside = await page.locator(".plan-aside").innerText();
      assert.match(aside, /hybrid 4 ops/);
      assert.match(aside, /weight not used here/);
      assert.match(aside, /blk\.0\.ffn_down is Q6_K; the NPU has no kernel for it\./);
      assert.match(aside, /blk\.3\.ffn_gate_up is set by an override/);
      assert.match(await page.locator(".sums").innerText(), /70\.70/);
    });
  });

  it("moves by arrows, brings the card after the focus rested, folds, and changes the length", async () => {
    await show(run(), async (page) => {
      await open(page);
      await page.locator('.plan-cell[tabindex="0"]').focus();
      await page.keyboard.press("ArrowDown");
      assert.equal(await focused(page), "blk.1.attn_q");
      for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
      // Past what is no matmul.
      assert.equal(await focused(page), "blk.1.ffn_gate_up");
      const card = page.locator(".plan-card");
      await card.waitFor();
      const words = await card.innerText();
      assert.match(
        words,
        /256 and 32 tokens run on prebuilt NPU graphs, one after the other; the GPU takes the last 12/,
      );
      assert.match(words, /Padding to 512 would compute 212 tokens for nothing\./);
      assert.match(words, /gpu\s+all GPU\s+86\.0\s+\+69\.5/);
      await page.keyboard.press("Escape");
      await card.waitFor({ state: "detached" });
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.querySelectorAll(".plan-row .layer").length === 6);
      await page.keyboard.press("Space");
      await page.keyboard.press("[");
      await page.waitForFunction(() =>
        document.querySelector('[data-op="blk.1.ffn_gate_up"]')?.getAttribute("aria-label")?.includes("all NPU"),
      );
      assert.equal(await focused(page), "blk.1.ffn_gate_up");
    });
  });

  it("compares with what the run measured, and says where it has no such step", async () => {
    await show(run(), async (page) => {
      await open(page);
      await page.getByRole("button", { name: "Measured" }).click();
      const cell = page.locator('[data-op="blk.1.attn_q"] .time');
      assert.match(await cell.innerText(), /^1\.\d\d$/);
      await page.getByRole("button", { name: "Difference" }).click();
      assert.match(await cell.innerText(), /^−3\d\.\d\s?%$/);
      await page.keyboard.press("[");
      assert.match(
        await page.locator(".plan-note").innerText(),
        /had no prefill step of 256 tokens; it had steps of 300\./,
      );
      assert.equal(await cell.innerText(), "–");
    });
  });

  it("leads to the op's slices by Enter, and keeps what was chosen for the way back", async () => {
    await show(run(), async (page) => {
      await open(page);
      await page.getByRole("button", { name: "Decode" }).click();
      await page.locator('[data-op="blk.2.attn_q"]').focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector(".details-content");
      assert.match(await page.locator(".details-title").innerText(), /^blk\.2\.attn_q/);
      assert.match(await page.locator(".hits").innerText(), / of /);
      await page.getByRole("button", { name: "Partition", exact: true }).click();
      await page.waitForSelector(".plan-cell");
      assert.equal(await page.getByRole("button", { name: "Decode" }).getAttribute("aria-pressed"), "true");
      assert.equal(await page.locator('.plan-cell[tabindex="0"]').getAttribute("data-op"), "blk.2.attn_q");
    });
  });

  it("says in one sentence why there is no plan, and the timeline stays reachable", async () => {
    const plan = heterogeneousPlan(4);
    for (const [held, code] of [
      [null, "plan-missing"],
      [{ ...plan, lengths: [] }, "plan-damaged"],
      [heterogeneousPlan(5), "plan-other-model"],
    ] as const) {
      const bytes = gpuNpuRun({ layers: 4, generatedTokens: 2, plan: held });
      await show(bytes, async (page) => {
        await page.keyboard.press("p");
        const state = page.locator(".state");
        await state.waitFor();
        assert.match(await state.innerText(), new RegExp(code));
        assertOneSentence(await state.locator("p").first().innerText());
        await page.getByRole("button", { name: "Timeline" }).click();
        await page.waitForSelector("canvas.tracks");
      });
    }
  });

  it("says that a report has no agent to compute curves with", async () => {
    await show(run(), async (page) => {
      await page.getByRole("button", { name: "Shapes" }).click();
      const state = page.locator(".state");
      await state.waitFor();
      assertOneSentence(await state.locator("p").first().innerText());
    });
  });

  it("draws the curves that an agent computed, moves the cursor by keys, and names candidates", async () => {
    const asked: ProfileCurvesParams[] = [];
    await edit("measured", asked, async (page) => {
      await page.getByRole("button", { name: "Shapes" }).click();
      await page.locator(".chart canvas").waitFor();
      assert.equal(await page.locator(".shape-item").count(), 5);
      assert.equal(asked[0]?.tokens.length, 512);
      assert.deepEqual(asked[0].costs, { soc: "snapdragon-8-gen-3" });
      const aside = page.locator(".plan-aside");
      await aside.getByText("300 tokens", { exact: true }).waitFor();
      await aside.getByText("all GPU").waitFor();
      assert.match(await aside.innerText(), /A standard length of 320 would bring this op to/);
      const chart = page.locator(".chart");
      await chart.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+ArrowLeft");
      assert.equal(await chart.getAttribute("aria-valuenow"), "269");
      assert.match(
        (await chart.getAttribute("aria-valuetext")) ?? "",
        /^269 tokens, GPU .* NPU .* chosen .* measured$/,
      );
      await aside.getByText("269 tokens", { exact: true }).waitFor();
      await page.keyboard.press("Home");
      assert.equal(await chart.getAttribute("aria-valuenow"), "1");
      await page.keyboard.press("End");
      assert.equal(await chart.getAttribute("aria-valuenow"), "512");
      await page.getByRole("button", { name: "Log" }).click();
      await page.locator(".shape-item").first().click();
      assert.match(await page.locator(".shape-title").innerText(), /attn_q, attn_output/);
    });
  });

  it("says what failed, and asks again when it is told to", async () => {
    const asked: ProfileCurvesParams[] = [];
    await edit("fails once", asked, async (page) => {
      await page.getByRole("button", { name: "Shapes" }).click();
      const state = page.locator(".state");
      await state.getByText("agent-died").waitFor();
      assertOneSentence(await state.locator("p").first().innerText());
      await state.locator("vscode-button").click();
      await page.locator(".chart canvas").waitFor();
      assert.match(await page.locator(".legend").innerText(), /modeled throughout/);
    });
  });

  it("leads from a cell to its curve by E, and asks the editor for an override by O", async () => {
    const events: unknown[] = [];
    await edit(
      "modeled",
      [],
      async (page) => {
        await open(page);
        await page.locator('[data-op="blk.2.ffn_down"]').focus();
        await page.keyboard.press("o");
        await page.waitForTimeout(100);
        assert.deepEqual(events, [{ kind: "event", name: "override", value: { pattern: "blk.2.ffn_down" } }]);
        await page.keyboard.press("e");
        await page.locator(".chart canvas").waitFor();
        assert.match(await page.locator(".shape-title").innerText(), /ffn_down/);
      },
      events,
    );
  });

  type Played = "measured" | "modeled" | "fails once";
  async function edit(
    played: Played,
    asked: ProfileCurvesParams[],
    use: (page: Page) => Promise<void>,
    events: unknown[] = [],
  ): Promise<void> {
    const soc = { id: "snapdragon-8-gen-3" };
    const html = await pages.timelineHtml(
      gpuNpuRun({ layers: 4, promptTokens: 300, generatedTokens: 3, plan: heterogeneousPlan(4), soc }),
    );
    const editor: Editor = (name, params) => {
      if (name !== "curves") return undefined;
      asked.push(params as ProfileCurvesParams);
      if (played === "fails once" && asked.length === 1)
        return { ok: false, failure: { code: "agent-died", message: "The agent ended: try again to start another." } };
      const origin = played === "measured" ? "measured" : "modeled";
      return { ok: true, value: curvesAnswer(params as ProfileCurvesParams, origin) };
    };
    await pages.open({ width: 1440, height: 900 }, async (page) => {
      await showInEditor(page, html, editor, events);
      await pages.settled(page);
      await use(page);
    });
  }
});
