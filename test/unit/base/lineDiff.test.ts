import assert from "node:assert/strict";
import { type DiffLine, lineDiff, nearChanges } from "../../../src/base/lineDiff";

const marks = { same: " ", gone: "-", new: "+" } as const;
const shown = (lines: readonly DiffLine[]): string[] => lines.map(({ kind, text }) => marks[kind] + text);

describe("the difference of two texts", () => {
  it("keeps the common lines", () => {
    assert.deepEqual(shown(lineDiff("a\nb\nc\n", "a\nx\nc\nd\n")), [" a", "-b", "+x", " c", "+d"]);
    assert.deepEqual(shown(lineDiff("", "a\n")), ["+a"]);
    assert.deepEqual(lineDiff("", ""), []);
    assert.deepEqual(shown(lineDiff("a", "a\n")), [" a"]);
  });

  it("leads from one text to the other, whatever they are", () => {
    let seed = 7;
    const next = (): number => (seed = (seed * 48271) % 2147483647);
    for (let round = 0; round < 200; round++) {
      const text = (): string => Array.from({ length: next() % 7 }, () => "abc"[next() % 3]).join("\n");
      const [a, b] = [text(), text()];
      const lines = lineDiff(a, b);
      const side = (kind: "gone" | "new"): string =>
        lines
          .filter((line) => line.kind === "same" || line.kind === kind)
          .map((line) => line.text)
          .join("\n");
      assert.equal(side("gone"), a);
      assert.equal(side("new"), b);
    }
  });

  it("leaves out what is far from a change", () => {
    const lines = lineDiff("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\nx\n6");
    assert.deepEqual(shown(nearChanges(lines, 1)), [" 4", "-5", "+x", " 6"]);
    assert.deepEqual(nearChanges(lineDiff("1\n2", "1\n2"), 3), []);
  });
});
