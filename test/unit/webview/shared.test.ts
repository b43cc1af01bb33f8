import assert from "node:assert/strict";
import {
  bytes,
  durationText,
  figures,
  fixed,
  join,
  operations,
  percent,
  signedPercent,
  thousands,
  tokenCount,
  tokenRate,
} from "../../../webview/shared/format";
import { contrast, labelOn, mix, parseColor } from "../../../webview/shared/theme";

const spaced = (text: string): string => text.replaceAll("\u202f", " ");

describe("format", () => {
  const check = (got: string, expected: string): void => assert.equal(spaced(got), expected);

  it("writes three significant figures without exponents", () => {
    check(figures(0), "0");
    check(figures(0.4249), "0.42");
    check(figures(3.549), "3.55");
    check(figures(12.54), "12.5");
    check(figures(236.1), "236");
    check(figures(9.999), "10.0");
    check(figures(1_076_000), "1 076 000");
    check(figures(-4.2), "−4.20");
    check(figures(NaN), "–");
  });

  it("writes durations in µs, ms and s", () => {
    check(durationText(417), "0.42 µs");
    check(durationText(412_000), "412 µs");
    check(durationText(999_499), "999 µs");
    check(durationText(999_500), "1.00 ms");
    check(durationText(13_900_000), "13.9 ms");
    check(durationText(3_550_000_000), "3.55 s");
  });

  it("writes bytes, counts, rates and parts", () => {
    check(join(bytes(512)), "512 B");
    check(join(bytes(27_300_000)), "27.3 MB");
    check(join(operations(18e9)), "18.0 G");
    check(join(tokenRate(236.34)), "236.3 tok/s");
    check(join(tokenRate(12.987)), "12.99 tok/s");
    check(join(percent(0.4)), "40 %");
    check(join(percent(0.0061)), "0.6 %");
    check(signedPercent(-0.011), "−1.1 %");
    check(signedPercent(0.003), "+0.3 %");
    check(signedPercent(-0.0001), "+0.0 %");
    check(thousands(18_207), "18 207");
    check(tokenCount(1), "1 token");
    check(tokenCount(1500), "1 500 tokens");
    check(fixed(-0.001, 2), "0.00");
  });
});

describe("theme", () => {
  it("reads the colours that the editor writes", () => {
    assert.deepEqual(
      parseColor("#ff000080").map((x) => Math.round(x * 255)),
      [255, 0, 0, 128],
    );
    assert.deepEqual(parseColor("#0f0"), [0, 1, 0, 1]);
    assert.deepEqual(parseColor("rgba(255, 0, 0, 0.5)"), [1, 0, 0, 0.5]);
    assert.deepEqual(parseColor("rgb(0 255 0 / 50%)"), [0, 1, 0, 0.5]);
    assert.deepEqual(parseColor("nonsense"), [0, 0, 0, 0]);
  });

  it("labels every fill of the design with at least 4.5 to 1", () => {
    const fills = [
      "#3F8AE0",
      "#E39D3C",
      "#8A8A9C",
      "#FF97C5",
      "#0F5FB4",
      "#CC7400",
      "#6E6E7A",
      "#A3125C",
      "#1D9F6E",
      "#E06A50",
    ];
    for (const fill of fills) assert.ok(contrast(parseColor(fill), labelOn(parseColor(fill))) >= 4.5, fill);
  });

  it("mixes by share", () => {
    assert.deepEqual(mix([1, 1, 1, 1], [0, 0, 0, 1], 0.75), [0.75, 0.75, 0.75, 1]);
  });
});
