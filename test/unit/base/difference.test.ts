import assert from "node:assert/strict";
import { difference, spread } from "../../../src/base/difference";
import { studentCdf, studentQuantile } from "../../../src/base/studentT";

const close = (a: number, b: number, within: number): void => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

describe("the difference of two sets of runs", () => {
  it("has the quantiles of printed tables of Student's t", () => {
    const table: [degrees: number, t: number][] = [
      [1, 12.7062],
      [2, 4.3027],
      [4, 2.7764],
      [8, 2.306],
      [30, 2.0423],
      [1000, 1.9623],
    ];
    for (const [degrees, t] of table) close(studentQuantile(0.975, degrees), t, 5e-5);
    close(studentQuantile(0.95, 5), 2.015, 5e-4);
    close(studentQuantile(0.025, 8), -2.306, 5e-4);
    assert.equal(studentQuantile(0.5, 3), 0);
  });

  it("has a distribution whose quantiles lead back", () => {
    for (const degrees of [1, 2.5, 7, 40]) {
      for (const p of [0.01, 0.3, 0.8, 0.999]) close(studentCdf(studentQuantile(p, degrees), degrees), p, 1e-8);
    }
  });

  it("gives Welch's interval as worked out by hand", () => {
    // Means 10 and 12, variances 1 and 4, 5 each: sqrt(1/5 + 4/5) = 1, degrees (1)^2 / ((.2^2 + .8^2) / 4) = 5.882.
    const a = [9, 9.5, 10, 10.5, 11].map((x) => 10 + (x - 10) * Math.sqrt(1 / 0.625));
    const b = [9, 9.5, 10, 10.5, 11].map((x) => 12 + (x - 10) * Math.sqrt(4 / 0.625));
    close(spread(a).deviation, 1, 1e-12);
    close(spread(b).deviation, 2, 1e-12);
    const found = difference(a, b);
    close(found?.part ?? 0, 0.2, 1e-12);
    const reach = studentQuantile(0.975, 1 / ((0.04 + 0.64) / 4));
    close(reach, 2.4585, 2e-3);
    close(found?.interval?.[0] ?? 0, (2 - reach) / 10, 1e-12);
    close(found?.interval?.[1] ?? 0, (2 + reach) / 10, 1e-12);
    assert.equal(found?.significant, false);
  });

  it("calls a difference beyond noise one, and says nothing of single runs", () => {
    assert.equal(difference([100, 101, 99, 100, 100], [110, 111, 109, 110, 110])?.significant, true);
    assert.equal(difference([5, 5, 5], [5, 5, 5])?.significant, false);
    const single = difference([100], [120]);
    assert.equal(single?.interval, undefined);
    assert.equal(single?.significant, false);
    close(single.part, 0.2, 1e-12);
    assert.equal(difference([], [1]), undefined);
  });

  it("covers the true difference in about 95 of 100 experiments", () => {
    let seed = 12345;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const a = Array.from({ length: 5 }, () => 100 + normal());
      const b = Array.from({ length: 5 }, () => 100 + 3 * normal());
      const [low = 0, high = 0] = difference(a, b)?.interval ?? [];
      if (low <= 0 && 0 <= high) covered++;
    }
    assert.ok(covered > 1860 && covered < 1950, `${covered} of 2000`);
  });
});
