import assert from "node:assert/strict";
import { TraceDocument } from "../../../webview/timeline/document";
import type { Host } from "../../../webview/timeline/host";
import { success } from "../../../src/base/result";
import { gpuNpuRun } from "../../fixtures/traceScenarios";

describe("TraceDocument", () => {
  const bytes = gpuNpuRun({ layers: 2, generatedTokens: 3 });

  /** The editor's end, of a file of which `size` bytes are there. */
  class File {
    content = bytes;
    size = bytes.length;
    running = false;
    stamp = "1";
    reads = 0;
    host(): Host {
      const only: Partial<Host> = {
        load: () => {
          this.reads++;
          const { size, running, content } = this;
          const bytes = content.slice(0, size);
          return Promise.resolve(success({ fileName: "run.pftrace", bytes, running }));
        },
        more: (from) =>
          Promise.resolve(
            success({
              bytes: this.content.slice(from, this.size),
              size: this.size,
              stamp: this.stamp,
              running: this.running,
            }),
          ),
      };
      return only as Host;
    }
  }

  it("adds what a run wrote, and says once that it ended", async () => {
    const file = new File();
    [file.size, file.running] = [bytes.length >> 1, true];
    const shown = new TraceDocument(file.host());
    const first = await shown.read();
    assert.ok(first.trace.ok && shown.running);
    [file.size, file.running, file.stamp] = [bytes.length, false, "2"];
    const all = await shown.grow();
    assert.ok(all?.trace.ok);
    assert.ok(all.trace.value.slices.count > first.trace.value.slices.count && all.trace.value.footer !== undefined);
    assert.equal(shown.running, false);
    assert.equal(await shown.grow(), undefined);
    assert.equal(file.reads, 1, "what was read is not read again");
  });

  it("reads a file anew that something else wrote, longer or shorter", async () => {
    const file = new File();
    const shown = new TraceDocument(file.host());
    await shown.read();
    for (const [layers, stamp] of [
      [4, "2"],
      [1, "3"],
    ] as const) {
      file.content = gpuNpuRun({ layers, generatedTokens: 3 });
      [file.size, file.stamp] = [file.content.length, stamp];
      const again = await shown.grow();
      assert.ok(again?.trace.ok);
      assert.equal(again.trace.value.header?.model.layers, layers);
    }
    assert.equal(file.reads, 3);
  });
});
