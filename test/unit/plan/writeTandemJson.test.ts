import assert from "node:assert/strict";
import { nodeAt, readJson, setJson } from "../../../src/plan/jsonText";
import { parseTandemJson } from "../../../src/plan/tandemJson";
import { withOverride, withProcessors, withSolverSettings } from "../../../src/plan/writeTandemJson";
import type { SolverSettings } from "../../../src/agent/protocol.gen";

const text = (result: ReturnType<typeof withOverride>): string => {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};

describe("setJson", () => {
  it("leaves everything else as it was, line ends and odd spacing included", () => {
    const before = '{\r\n\t"b" : [1,2],\r\n\t"a": {"x": "}\\"", "y": null}\r\n}';
    assert.equal(setJson(before, ["b"], [1, 3]), before.replace("[1,2]", "[1, 3]"));
    assert.equal(setJson(before, ["a", "y"], 4), before.replace("null", "4"));
    assert.equal(setJson(before, ["a", "z"], true), before.replace("null}", 'null, "z": true}'));
    assert.equal(setJson(before, ["c"], 1), before.replace("null}\r\n", 'null},\r\n\t"c": 1\r\n'));
    assert.equal(setJson(before, ["b"], [1, 2]), before);
  });

  it("takes fields and items away with their commas", () => {
    const before = '{\n  "a": 1,\n  "b": 2,\n  "c": [1, 2, 3]\n}';
    assert.equal(setJson(before, ["a"], undefined), '{\n  "b": 2,\n  "c": [1, 2, 3]\n}');
    assert.equal(setJson(before, ["b"], undefined), '{\n  "a": 1,\n  "c": [1, 2, 3]\n}');
    assert.equal(setJson(before, ["c"], undefined), '{\n  "a": 1,\n  "b": 2\n}');
    assert.equal(setJson(before, ["c", 0], undefined), before.replace("1, 2, 3", "2, 3"));
    assert.equal(setJson('{ "a": 1 }', ["a"], undefined), "{}");
    assert.equal(setJson(before, ["x", "y"], undefined), before);
  });

  it("makes the objects on the way", () => {
    assert.equal(setJson("{}", ["a", "b"], 1), '{\n  "a": {\n    "b": 1\n  }\n}');
    assert.equal(setJson("{}", ["a", 0], { x: 1, y: "z" }), '{\n  "a": [\n    { "x": 1, "y": "z" }\n  ]\n}');
  });

  it("does what changing the object would do, for random objects and paths", () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const make = (depth: number): unknown => {
      const kind = random(depth > 2 ? 3 : 5);
      if (kind === 0) return random(1000) / 8;
      if (kind === 1) return ["", 'q"uote', "{[,]}", "\\", "ä\n"][random(5)];
      if (kind === 2) return [true, false, null][random(3)];
      const parts = Array.from({ length: random(4) }, () => make(depth + 1));
      return kind === 3 ? parts : Object.fromEntries(parts.map((part, i) => ["abcd"[i], part]));
    };
    for (let i = 0; i < 2000; i++) {
      const value = { a: make(0), b: make(0) };
      const key = ["a", "b", "c"][random(3)] ?? "a";
      const next = random(4) === 0 ? undefined : make(1);
      const spaces = [undefined, 2, 4, "\t"][random(4)];
      const edited = setJson(JSON.stringify(value, undefined, spaces), [key], next);
      assert.deepEqual(JSON.parse(edited), JSON.parse(JSON.stringify({ ...value, [key]: next })));
    }
  });

  it("knows where values stand", () => {
    const json = '{"a": [10, {"b": "x"}]}';
    const node = nodeAt(readJson(json) ?? assert.fail(), ["a", 1, "b"]);
    assert.equal(json.slice(node?.start, node?.end), '"x"');
    assert.equal(readJson("{,}"), undefined);
  });
});

describe("writing tandem.json", () => {
  const file = '{\n  "$schema": "s",\n  "processors": ["gpu"],\n  "solver": { "sync": "driver", "rowStep": 64 }\n}\n';

  it("keeps what is not the solver's, and takes away what is not set any more", () => {
    assert.equal(
      text(withSolverSettings(file, { rowStep: 32, maxPieces: 2 }, "tandem.json")),
      file.replace('{ "sync": "driver", "rowStep": 64 }', '{ "rowStep": 32, "maxPieces": 2 }'),
    );
    assert.equal(text(withSolverSettings(file, { sync: "driver", rowStep: 64 }, "tandem.json")), file);
  });

  it("begins a file that can be read again", () => {
    const solver: SolverSettings = { strategies: ["npu", "weight"], overrides: [{ pattern: "*", strategy: "gpu" }] };
    const written = text(withSolverSettings(undefined, solver, "tandem.json"));
    assert.equal(
      written,
      '{\n  "solver": {\n    "strategies": ["npu", "weight"],\n    "overrides": [\n      { "pattern": "*", "strategy": "gpu" }\n    ]\n  }\n}\n',
    );
    assert.deepEqual(parseTandemJson(written, ""), { ok: true, value: { solver } });
  });

  it("puts the newest override last, where it holds, and never two of one pattern", () => {
    const add = (before: string | undefined, pattern: string, strategy: "gpu" | "npu"): string =>
      text(withOverride(before, { pattern, strategy }, "tandem.json"));
    const once = add(undefined, "blk.*.ffn_down", "gpu");
    const twice = add(add(once, "blk.7.*", "npu"), "blk.*.ffn_down", "npu");
    const parsed = parseTandemJson(twice, "");
    assert.deepEqual(parsed.ok && parsed.value.solver.overrides, [
      { pattern: "blk.7.*", strategy: "npu" },
      { pattern: "blk.*.ffn_down", strategy: "npu" },
    ]);
    assert.equal(add(twice, "blk.*.ffn_down", "npu"), twice);
  });

  it("sets and clears the processors", () => {
    const set = text(withProcessors(file, ["gpu", "npu"], "tandem.json"));
    assert.equal(set, file.replace('["gpu"]', '["gpu", "npu"]'));
    assert.equal(text(withProcessors(file, undefined, "tandem.json")), file.replace('  "processors": ["gpu"],\n', ""));
  });

  it("refuses to write into what is not a tandem.json", () => {
    const refused = withOverride("{ nonsense", { pattern: "a", strategy: "gpu" }, "tandem.json");
    assert.equal(!refused.ok && refused.failure.code, "invalid-setting");
    assert.match(refused.ok ? "" : refused.failure.message, /tandem\.json is not JSON/);
  });
});
