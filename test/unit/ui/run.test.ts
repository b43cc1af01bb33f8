import assert from "node:assert/strict";
import type { Turn } from "../../../src/ui/messages/run";
import { noticeOf } from "../../../src/ui/run/notices";
import { RateMeter } from "../../../src/ui/run/rateMeter";
import { close, conversation, ending, userTurn, withPromptTokens } from "../../../src/ui/run/turns";
import { progressDetail, ranOnNames } from "../../../src/ui/text";

const answer = (text: string): Turn => ({ role: "assistant", text, tokens: 3, end: "finished", detail: null });

describe("RateMeter", () => {
  it("gives each token's rate and the mean of the last sixteen", () => {
    const meter = new RateMeter();
    assert.equal(meter.add(500), undefined);
    assert.equal(meter.liveRate, null);
    assert.equal(meter.add(600), 10);
    for (let i = 1; i <= 16; i++) meter.add(600 + i * 50);
    assert.equal(meter.firstMs, 500);
    assert.equal(meter.tokens, 18);
    assert.equal(meter.liveTokens, 16);
    assert.equal(meter.liveRate, 20);
  });

  it("stays finite when tokens come at the same time", () => {
    const meter = new RateMeter();
    meter.add(5);
    assert.ok(Number.isFinite(meter.add(5)));
    assert.equal(meter.liveRate, null);
  });
});

describe("turns", () => {
  it("leaves a question without an answer out of what the model reads", () => {
    const turns = [userTurn("a"), answer("b"), userTurn("lost"), userTurn("c"), answer("d")];
    assert.deepEqual(
      conversation(turns).map((message) => message.content),
      ["a", "b", "c", "d"],
    );
    assert.deepEqual(conversation([userTurn("a"), answer("")]), []);
  });

  it("says how an answer ended where it did not end by itself", () => {
    assert.deepEqual(ending({ finish: "end-token", finishDetail: null, tokens: 4 }), ["finished", null]);
    assert.deepEqual(ending({ finish: "cancelled", finishDetail: null, tokens: 4 }), [
      "stopped",
      "Stopped at token 4.",
    ]);
    assert.deepEqual(ending({ finish: "max-tokens", finishDetail: null, tokens: 256 }), [
      "at-limit",
      "Ended at the limit of 256 tokens.",
    ]);
    assert.deepEqual(ending({ finish: "failed", finishDetail: null, tokens: 0 }), ["failed", "No token came."]);
  });

  it("closes the last turn and counts the last question's tokens", () => {
    const turns = close(withPromptTokens([userTurn("a"), answer("b")], 12), "stopped", "Stopped at token 1.", 1);
    assert.equal(turns[0]?.tokens, 12);
    assert.deepEqual(turns[1], { ...answer("b"), end: "stopped", detail: "Stopped at token 1.", tokens: 1 });
  });
});

describe("notices", () => {
  it("offers the trace where one was kept, else what mends the failure", () => {
    const action = (code: string, kept = false): string | undefined =>
      noticeOf({ code, message: "It failed." }, kept).action?.id;
    assert.equal(action("connection-lost", true), "open-timeline");
    assert.equal(action("connection-lost"), "retry");
    assert.equal(action("adb-missing"), "set-adb-path");
    assert.equal(action("gguf-truncated"), "pick-model");
    assert.equal(action("protocol-mismatch"), "deploy-agent");
    assert.equal(action("untrusted"), "manage-trust");
    assert.equal(noticeOf({ code: "gguf-truncated", message: "It failed." }, false).code, "gguf-truncated");
  });
});

describe("figures in words", () => {
  it("describes progress as far as it is known", () => {
    const bytes = {
      stage: "Pushing",
      done: 3.06e9,
      total: 4.34e9,
      unit: "bytes",
      rate: 186e6,
      secondsLeft: 7,
    } as const;
    assert.equal(progressDetail(bytes), "3.06 of 4.34 GB · 186 MB/s · 7 s left");
    assert.equal(progressDetail({ stage: "Loading", done: 0, total: 0, unit: "steps" }), "");
    assert.equal(progressDetail({ stage: "Prefill", done: 64, total: 256, unit: "tokens" }), "64 of 256 tokens");
  });

  it("names what ran, the busiest first", () => {
    const ranOn = [
      { processor: "cpu", share: 0.1 },
      { processor: "npu", share: 0 },
      { processor: "gpu", share: 0.9 },
    ];
    assert.equal(ranOnNames(ranOn), "GPU + CPU");
  });
});
