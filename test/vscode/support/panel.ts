import assert from "node:assert/strict";
import type { FrameLocator } from "playwright-core";

// A person at the run panel.

export async function ask(panel: FrameLocator, prompt: string): Promise<void> {
  const box = panel.locator(".composer textarea");
  const asked = await panel.locator(".turn.user").count();
  await box.fill(prompt);
  await box.press("Enter");
  // From here on what is seen belongs to this question.
  await panel.locator(".turn.user").nth(asked).waitFor();
}

/** Waits until the panel shows this limit of tokens, which comes from the settings. */
export async function limitIs(panel: FrameLocator, tokens: number): Promise<void> {
  const input = panel.getByLabel("at most");
  for (let tries = 0; tries < 100 && (await input.inputValue()) !== String(tokens); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await input.inputValue(), String(tokens));
}

/** Waits until the run has ended and its numbers are there. */
export async function answered(panel: FrameLocator): Promise<void> {
  // The first load of a model on a phone measures its processors.
  await panel.locator(".composer vscode-button:not(.hidden)", { hasText: "Send" }).waitFor({ timeout: 120_000 });
  await panel.locator(".numbers .link", { hasText: "Open timeline" }).waitFor();
}

/** Text of the last answer. */
export function answer(panel: FrameLocator): Promise<string> {
  return panel.locator(".turn.assistant .said").last().innerText();
}

/** Value of a key number. */
export function key(panel: FrameLocator, label: string): Promise<string> {
  return panel.locator(".numbers .key", { hasText: label }).locator(".value").innerText();
}

/** Notes the length of the last answer at every change from now on; the result gives the different ones. */
export async function watchAnswer(panel: FrameLocator): Promise<() => Promise<number[]>> {
  const log = panel.locator(".transcript .log");
  await log.evaluate((element) => {
    const seen = new Set<number>();
    const note = (): void => {
      const said = [...element.querySelectorAll(".turn.assistant .said")].at(-1);
      if (said !== undefined && said.textContent !== "") seen.add(said.textContent.length);
      element.setAttribute("data-lengths", JSON.stringify([...seen]));
    };
    new MutationObserver(note).observe(element, { childList: true, subtree: true, characterData: true });
  });
  return async () => JSON.parse((await log.getAttribute("data-lengths")) ?? "[]") as number[];
}
