import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/event";
import { failure, success } from "../../../../src/base/result";
import { Channel, type Handlers, type Port } from "../../../../src/ui/messages/channel";

type Host = {
  readonly requests: {
    readonly add: { readonly params: { readonly a: number; readonly b: number }; readonly result: number };
    readonly fail: { readonly params: null; readonly result: null };
    readonly hang: { readonly params: null; readonly result: null };
  };
  readonly events: { readonly said: string };
};
type Page = { readonly requests: Readonly<Record<string, never>>; readonly events: { readonly moved: number } };

/** Two ports that hand messages to each other as postMessage does: later, and as copies. */
function pair(): [Port, Port] {
  const left = new Emitter<unknown>();
  const right = new Emitter<unknown>();
  const port = (own: Emitter<unknown>, other: Emitter<unknown>): Port => ({
    post: (message) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => other.fire(copy));
    },
    listen: (listener) => own.event(listener),
  });
  return [port(left, right), port(right, left)];
}

function connect(timeoutMs = 1000): {
  host: Channel<Host, Page>;
  page: Channel<Page, Host>;
  aborted: () => boolean;
  heard: string[];
} {
  const [hostPort, pagePort] = pair();
  const heard: string[] = [];
  let aborted = false;
  const handlers: Handlers<Host> = {
    add: ({ a, b }) => (a < 0 ? failure("negative", "a is below zero.") : success(a + b)),
    fail: () => {
      throw new Error("boom");
    },
    hang: (_params, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          resolve(failure("cancelled", "Cancelled."));
        });
      }),
  };
  const host = new Channel<Host, Page>(hostPort, handlers, { said: (text) => heard.push(text) });
  const page = new Channel<Page, Host>(pagePort, {}, {}, { timeoutMs });
  return { host, page, aborted: () => aborted, heard };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const codeOf = (result: { readonly ok: boolean }): string =>
  "failure" in result ? (result.failure as { readonly code: string }).code : "ok";

describe("Channel", () => {
  it("answers requests, with values and with failures", async () => {
    const { page } = connect();
    assert.deepEqual(await page.request("add", { a: 2, b: 3 }), success(5));
    assert.equal(codeOf(await page.request("add", { a: -1, b: 0 })), "negative");
  });

  it("turns a handler that throws into a failure", async () => {
    const { page } = connect();
    assert.equal(codeOf(await page.request("fail", null)), "channel-failed");
  });

  it("gives up after its time and tells the other end", async () => {
    const { page, aborted } = connect(5);
    assert.equal(codeOf(await page.request("hang", null)), "channel-timeout");
    await turn();
    assert.equal(aborted(), true);
  });

  it("can be cancelled", async () => {
    const { page, aborted } = connect();
    const controller = new AbortController();
    const waiting = page.request("hang", null, controller.signal);
    await turn();
    controller.abort();
    assert.equal(codeOf(await waiting), "cancelled");
    await turn();
    assert.equal(aborted(), true);
    assert.equal(codeOf(await page.request("hang", null, controller.signal)), "cancelled");
  });

  it("fails what waits when it is closed, on this end and the other", async () => {
    const { page, host, aborted } = connect();
    const waiting = page.request("hang", null);
    await turn();
    page.dispose();
    assert.equal(codeOf(await waiting), "channel-closed");
    assert.equal(codeOf(await page.request("add", { a: 1, b: 1 })), "channel-closed");
    host.dispose();
    assert.equal(aborted(), true);
  });

  it("delivers events, and ignores what is no frame of ours", async () => {
    const { page, heard, host } = connect();
    page.emit("said", "hello");
    host.emit("moved", 3);
    await turn();
    assert.deepEqual(heard, ["hello"]);
    const emitter = new Emitter<unknown>();
    const lonely = new Channel<Page, Host>(
      { post: () => undefined, listen: (listener) => emitter.event(listener) },
      {},
    );
    for (const garbage of [
      undefined,
      null,
      3,
      "x",
      {},
      { kind: "reply" },
      { kind: "reply", id: 7, result: 3 },
      { kind: "request", id: 1 },
    ]) {
      emitter.fire(garbage);
    }
    lonely.dispose();
  });
});
