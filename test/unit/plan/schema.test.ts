import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import Ajv from "ajv";
import { withOverride, withSolverSettings } from "../../../src/plan/writeTandemJson";

describe("the schema of tandem.json", () => {
  const schema = JSON.parse(readFileSync("media/tandem.schema.json", "utf8")) as object;
  const validate = new Ajv({ strict: false }).compile(schema);

  it("is what the protocol says now", async () => {
    const run = promisify(execFile)(process.execPath, ["scripts/generate-tandem-schema.mjs", "--check"]);
    await assert.doesNotReject(run, "run `npm run generate` and commit media/tandem.schema.json");
  });

  it("takes what Tandem writes", () => {
    const written = withSolverSettings(
      undefined,
      { sync: "fast", standardLengths: [32, 256], maxGraphs: 8 },
      "tandem.json",
    );
    const whole = withOverride(written.ok ? written.value : "", { pattern: "blk.*", strategy: "npu" }, "tandem.json");
    assert.ok(whole.ok && validate(JSON.parse(whole.value)), JSON.stringify(validate.errors));
    assert.ok(validate({ processors: ["gpu", "npu"] }));
  });

  it("refuses fields and values that do not exist", () => {
    for (const wrong of [
      { sovler: {} },
      { solver: { rowsStep: 3 } },
      { solver: { sync: "slow" } },
      { solver: { overrides: [{ pattern: "x" }] } },
      { processors: ["tpu"] },
    ])
      assert.equal(validate(wrong), false, JSON.stringify(wrong));
  });

  it("describes every setting", () => {
    const { $defs } = schema as { $defs: Record<string, { properties: Record<string, { description?: string }> }> };
    for (const [name, { description }] of Object.entries($defs["SolverSettings"]?.properties ?? {}))
      assert.ok((description ?? "").length > 20, name);
  });
});
