import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

describe("the generated protocol types", () => {
  it("are what the schema says now", async () => {
    const run = promisify(execFile)(process.execPath, ["scripts/generate-protocol.mjs", "--check"]);
    await assert.doesNotReject(run, "run `npm run generate` and commit src/agent/protocol.gen.ts");
  });
});
