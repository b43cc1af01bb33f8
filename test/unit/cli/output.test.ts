import assert from "node:assert/strict";
import { markdownTable, plainTable } from "../../../src/cli/table";
import { progressLine } from "../../../src/cli/terminal";
import { formatBytes, formatCount, formatSeconds } from "../../../src/base/units";

describe("tables", () => {
  const columns = [{ title: "test" }, { title: "t/s", align: "right" as const }];
  const rows = [
    ["pp256", "1234.50 ± 3.10"],
    ["tg32", "98.00 ± 0.40"],
  ];
  it("are Markdown for benchmarks", () => {
    assert.equal(
      markdownTable(columns, rows),
      [
        "| test  |            t/s |",
        "| ----- | -------------: |",
        "| pp256 | 1234.50 ± 3.10 |",
        "| tg32  |   98.00 ± 0.40 |",
        "",
      ].join("\n"),
    );
  });
  it("are plain for lists", () => {
    assert.equal(plainTable(columns, rows), "test              t/s\npp256  1234.50 ± 3.10\ntg32     98.00 ± 0.40\n");
  });
});

describe("progressLine", () => {
  const step = {
    stage: "Pushing Llama",
    done: 2.1e9,
    total: 4.34e9,
    unit: "bytes" as const,
    rate: 186e6,
    secondsLeft: 12,
  };
  it("shows stage, bar, amount, rate and time left", () => {
    const line = progressLine(step, 100);
    assert.match(line, /^Pushing Llama ▕█+. *▏ 2\.10 of 4\.34 GB · 186 MB\/s · 12 s left$/);
  });
  for (const width of [10, 40, 60, 79, 200]) {
    it(`never passes ${width} columns`, () => assert.ok(progressLine(step, width).length <= width));
  }
  it("shows no bar where the whole is unknown", () => {
    assert.equal(progressLine({ stage: "Starting", done: 0, total: 0, unit: "steps" }, 80), "Starting");
  });
});

describe("units", () => {
  const cases: [string, string][] = [
    [formatBytes(0), "0 B"],
    [formatBytes(999), "999 B"],
    [formatBytes(1000), "1.00 kB"],
    [formatBytes(999_600), "1.00 MB"],
    [formatBytes(4.34e9), "4.34 GB"],
    [formatCount(1_235_814_400), "1.24 B"],
    [formatCount(292_800), "293 k"],
    [formatSeconds(0.0123), "12.3 ms"],
    [formatSeconds(12.34), "12.3 s"],
    [formatSeconds(200), "3 min 20 s"],
  ];
  for (const [shown, expected] of cases) it(expected, () => assert.equal(shown, expected));
});
