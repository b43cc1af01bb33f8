import assert from "node:assert/strict";
import { completeSettings, defaultSettings, samplerOf } from "../../../src/run/settings";

describe("run settings", () => {
  it("have defaults that are themselves allowed", () => {
    assert.deepEqual(completeSettings({}), { ok: true, value: defaultSettings });
  });

  it("keep what is given", () => {
    const settings = completeSettings({ temperature: 0.7, stop: ["\n"] });
    assert.ok(settings.ok);
    assert.equal(samplerOf(settings.value).temperature, 0.7);
    assert.deepEqual(settings.value.stop, ["\n"]);
  });

  for (const [name, value] of [
    ["maxTokens", 0],
    ["maxTokens", 1.5],
    ["temperature", -1],
    ["temperature", NaN],
    ["topP", 1.1],
    ["seed", -1],
    ["threads", 1000],
  ] as const) {
    it(`refuse ${name} ${value}, naming it and its range`, () => {
      const settings = completeSettings({ [name]: value });
      assert.ok(!settings.ok);
      assert.equal(settings.failure.code, "invalid-setting");
      assert.match(settings.failure.message, new RegExp(`^${name} is .* from .* to .*\\.$`));
    });
  }
});
