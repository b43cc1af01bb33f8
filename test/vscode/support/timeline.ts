import assert from "node:assert/strict";
import type { FrameLocator } from "playwright-core";

/** Opens the whole timeline where the strip is shown, zooms in, and clicks an op's slice. Gives its details as text. */
export async function clickSlice(timeline: FrameLocator): Promise<string> {
  const tracks = timeline.locator("canvas.tracks");
  if (!(await tracks.isVisible())) await timeline.getByText("Open timeline").first().click();
  await tracks.waitFor();
  const box = await tracks.boundingBox();
  assert.ok(box !== null, "the tracks are on the screen");
  const title = timeline.locator(".details-title .strong");
  // Ops lie on the processor's track, whose place depends on what the trace holds: look for it from the top.
  for (let y = 40; y < box.height; y += 10) {
    for (const part of [0.5, 0.62, 0.75]) {
      await tracks.click({ position: { x: box.width * part, y } });
      const name = (await title.count()) > 0 ? await title.innerText() : "";
      if (/^(blk\.\d+\.|token_embd|output)/.test(name)) return timeline.locator(".details-content").innerText();
    }
  }
  assert.fail("no click hit the slice of an op");
}
