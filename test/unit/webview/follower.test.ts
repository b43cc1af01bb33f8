// What a page that follows a run keeps while the trace grows: the view and the selection.
import assert from "node:assert/strict";
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
