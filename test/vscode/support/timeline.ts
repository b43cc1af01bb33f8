import assert from "node:assert/strict";
import type { FrameLocator } from "playwright-core";

/** Opens the whole timeline where the strip is shown, zooms in, and clicks an op's slice. Gives its details as text. */
export async function clickSlice(timeline: FrameLocator): Promise<string> {
  const tracks = timeline.locator("canvas.tracks");
  if (!(await tracks.isVisible())) await timeline.getByText("Open timeline").first().click();
  await tracks.waitFor();
  const title = timeline.locator(".details-title .strong");
  // Ops lie on the processor's track, whose place depends on what the trace holds: look for it from the top. The tracks
  // give way to the details once something is selected, so their size is asked for each time.
  for (let y = 40; ; y += 10) {
    for (const part of [0.35, 0.45, 0.55, 0.65]) {
      const box = await tracks.boundingBox();
      assert.ok(box !== null, "the tracks are on the screen");
      assert.ok(y < box.height, "no click hit the slice of an op");
      await tracks.click({ position: { x: box.width * part, y } });
      const name = (await title.count()) > 0 ? await title.innerText() : "";
      if (!/^(blk\.\d+\.|token_embd|output)/.test(name)) continue;
      const text = await timeline.locator(".details-content").innerText();
      // The band of the output layer has the name of its op.
      if (!text.includes("on track Layer")) return text;
    }
  }
}
