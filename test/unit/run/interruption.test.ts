import assert from "node:assert/strict";
import { interrupted } from "../../../src/run/interruption";

const at = { deviceName: "Xiaomi 14", tokens: 21, traceKept: true };

describe("interrupted", () => {
  const cases: [string, object, string][] = [
    [
      "connection-lost",
      {},
      "Xiaomi 14 was unplugged at token 21: plug it in and run again; the trace up to there is kept.",
    ],
    ["connection-lost", { traceKept: false }, "Xiaomi 14 was unplugged at token 21: plug it in and run again."],
    [
      "connection-lost",
      { tokens: 0, traceKept: false },
      "Xiaomi 14 was unplugged before the first token: plug it in and run again.",
    ],
    [
      "agent-crashed",
      {},
      "The agent on Xiaomi 14 was ended by signal SIGKILL at token 21: run again, and read its log if that happens twice; the trace up to there is kept.",
    ],
    [
      "agent-hung",
      {},
      "The agent on Xiaomi 14 stopped answering at token 21 and was ended: run again; the trace up to there is kept.",
    ],
    ["prompt-too-long", {}, "as it was"],
  ];
  for (const [code, more, message] of cases) {
    it(`${code}: ${message}`, () => {
      const failure = { code, message: "as it was", context: { exit: "was ended by signal SIGKILL" } };
      const result = interrupted(failure, { ...at, ...more });
      assert.equal(result.message, message);
      assert.equal(result.code, code);
      assert.equal(result.context, failure.context);
    });
  }
});
