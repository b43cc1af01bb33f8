import assert from "node:assert/strict";
import { grown, keptChat, readKeptChat } from "../../../../src/ui/messages/keptChat";
import type { RunNumbers, RunPanelState, Turn } from "../../../../src/ui/messages/run";
import { cutOff, userTurn } from "../../../../src/ui/run/turns";

const numbers: RunNumbers = {
  firstTokenMs: 8.3,
  promptTokens: 8,
  cachedTokens: null,
  prefillRate: 3989,
  decodeRate: 1257,
  decodeTokens: 2,
  live: false,
  memoryBytes: 177e6,
  memoryAvailableBytes: null,
  celsius: null,
  ranOn: "GPU",
  ranOnDetail: null,
};
const answer: Turn = { role: "assistant", text: "It reads", tokens: 2, end: "finished", detail: null };
const state: RunPanelState = {
  device: { name: "This computer", kind: "computer" },
  model: { name: "Demo", type: "Q8_0", path: "/models/demo.gguf" },
  phase: "idle",
  progress: null,
  turns: [userTurn("What is prefill?"), answer],
  settings: { temperature: 0, maxTokens: 128, template: "from file" },
  numbers,
  rates: [1200, 1300],
  limit: 128,
  notice: null,
  notes: ["A note."],
  suggestions: [],
  tracePath: "/runs/a.pftrace",
  trusted: true,
};

/** As VS Code stores it. */
const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a kept chat", () => {
  it("comes back as it was", () => {
    const kept = readKeptChat(stored(keptChat(state)));
    assert.ok(kept !== undefined);
    assert.equal(kept.modelPath, "/models/demo.gguf");
    assert.equal(kept.tracePath, "/runs/a.pftrace");
    assert.deepEqual([kept.turns, kept.numbers, kept.rates], [state.turns, numbers, [1200, 1300]]);
    assert.ok(readKeptChat(stored(keptChat({ ...state, model: null, numbers: null, turns: [] }))) !== undefined);
  });

  it("is left alone where it is another version's or damaged", () => {
    const kept = keptChat(state);
    const damaged: unknown[] = [
      ...[undefined, null, 7, "chat", [], {}],
      { ...kept, format: 2 },
      { ...kept, turns: [{ ...answer, role: "system" }] },
      { ...kept, turns: [{ ...answer, end: "never" }] },
      { ...kept, turns: "none" },
      { ...kept, numbers: { ...numbers, decodeRate: "fast" } },
      { ...kept, rates: [1, "2"] },
      { ...kept, tracePath: 3 },
    ];
    for (const value of damaged) assert.equal(readKeptChat(value), undefined, JSON.stringify(value));
  });

  it("grows with the tokens that come", () => {
    const came = { text: " the prompt", rates: [1250], tokens: 4, numbers: { ...numbers, decodeTokens: 4 } };
    const next = grown(state, came);
    assert.deepEqual(next.turns.at(-1), { ...answer, text: "It reads the prompt", tokens: 4 });
    assert.deepEqual(next.rates, [1200, 1300, 1250]);
    assert.equal(next.numbers?.decodeTokens, 4);
  });

  it("says where a reload cut an answer off", () => {
    const [, cut] = cutOff([userTurn("a"), { ...answer, end: null }]);
    assert.deepEqual(
      [cut?.text, cut?.end, cut?.detail],
      ["It reads", "stopped", "The window was reloaded at token 2: ask again for a whole answer."],
    );
    const [asked] = cutOff([userTurn("a")]);
    assert.equal(asked?.detail, "The window was reloaded before the first token: ask again.");
    assert.deepEqual(cutOff(state.turns), state.turns);
    assert.deepEqual(cutOff([]), []);
  });
});
