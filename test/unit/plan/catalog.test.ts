import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { shapes, socs } from "../../../src/plan/catalog";

describe("what can be simulated", () => {
  it("is what the agent describes", () => {
    const described = readdirSync("agent/soc")
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(`agent/soc/${file}`, "utf8")) as (typeof socs)[number])
      .map(({ id, name, calibrated }) => ({ id, name, calibrated }));
    const byId = (a: { readonly id: string }, b: { readonly id: string }): number => a.id.localeCompare(b.id);
    assert.deepEqual([...socs].sort(byId), described.sort(byId));
  });

  it("is what the agent knows the shapes of", () => {
    const source = readFileSync("agent/src/simulate/shapes.cc", "utf8");
    const known = [...source.matchAll(/Shape\{"([^"]+)", "([^"]+)",/g)].map(([, id, name]) => ({ id, name }));
    assert.deepEqual(shapes, known);
  });
});
