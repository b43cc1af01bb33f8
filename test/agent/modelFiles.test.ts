import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { assertOneSentence } from "../fixtures/sentence";
import { type GgufTensor, ggufFile, tinyLlama } from "../unit/model/gguf";
import { Endings } from "./support/endings";
import { makeWideModel } from "./support/slowModel";
import { type AgentUnderTest, modelPath, needs, never, startAgent } from "./support/agent";

describe("model files that the agent cannot run", function () {
  this.timeout(60_000);
  let folder: string;
  let agent: AgentUnderTest;
  let whole: Buffer;

  before(async function () {
    needs(this, "agent", "model");
    folder = await mkdtemp(path.join(tmpdir(), "tandem-files-"));
    endings.add(() => rm(folder, { recursive: true, force: true }));
    agent = await startAgent();
    endings.add(() => agent.end());
    whole = await readFile(modelPath() ?? "");
  });
  const endings = new Endings();
  after(() => endings.run());

  /** "loaded" or the failure's code. */
  async function load(bytes: Uint8Array, more: { readonly contextLength?: number } = {}): Promise<string> {
    const file = path.join(folder, "model.gguf");
    await writeFile(file, bytes);
    const answer = await agent.session.request("model/load", { path: file, ...more }, never);
    // Every failure was one sentence, and the agent answers what comes next.
    assert.deepEqual(agent.validator.violations, []);
    if (!answer.ok) assertOneSentence(answer.failure.message);
    const status = await agent.session.request("device/status", {}, never);
    assert.ok(status.ok, status.ok ? "" : status.failure.message);
    return answer.ok ? "loaded" : answer.failure.code;
  }

  function patched(at: number, bytes: Buffer): Buffer {
    const copy = Buffer.from(whole);
    bytes.copy(copy, at);
    return copy;
  }

  it("is missing", async () => {
    const answer = await agent.session.request("model/load", { path: path.join(folder, "nowhere.gguf") }, never);
    assert.equal(answer.ok ? "" : answer.failure.code, "file-not-found");
  });
  it("is empty", async () => assert.match(await load(Buffer.alloc(0)), /^gguf-(bad-magic|truncated)$/));
  it("is something else", async () => assert.equal(await load(patched(0, Buffer.from("PK"))), "gguf-bad-magic"));
  it("has another version", async () => assert.equal(await load(patched(4, Buffer.from([9, 0, 0, 0]))), "gguf-bad-version"));
  for (const share of [0.001, 0.3, 0.9, 0.9999]) {
    it(`ends after ${share * 100} % of its bytes`, async () => {
      assert.match(await load(whole.subarray(0, Math.floor(whole.length * share))), /^gguf-(truncated|bad-count)$/);
    });
  }
  it("counts 2^64 − 1 tensors", async () => {
    assert.match(await load(patched(8, Buffer.alloc(8, 0xff))), /^gguf-(corrupt|truncated|bad-count)$/);
  });
  it("counts 2^64 − 1 metadata entries", async () => {
    assert.match(await load(patched(16, Buffer.alloc(8, 0xff))), /^gguf-(corrupt|truncated|bad-count)$/);
  });
  it("is of a family that is not run", async () => {
    assert.equal(await load(ggufFile(tinyLlama({ "general.architecture": "mamba" }))), "model-family-unsupported");
  });
  it("lacks tensors", async () => assert.equal(await load(ggufFile(tinyLlama())), "model-incomplete"));
  it("has a tensor of an unknown type", async () => {
    const tensors = [{ name: "token_embd.weight", shape: [32], type: 777, bytes: 32 }];
    assert.equal(await load(ggufFile({ ...tinyLlama(), tensors })), "gguf-unknown-type");
  });

  it("has an unknown type under a name that is not UTF-8", async () => {
    const name = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe, 0x0a]);
    const tensors = [{ name, shape: [32], type: 777, bytes: 32 }];
    assert.equal(await load(ggufFile({ ...tinyLlama(), tensors })), "gguf-unknown-type");
  });
  it("has tensors that overlap", async () => {
    const tensor: GgufTensor = { name: "token_embd.weight", shape: [8, 3], type: 0, bytes: 96 };
    const tensors = [tensor, { ...tensor, name: "blk.0.attn_q.weight", offset: 32 }];
    assert.equal(await load(ggufFile({ ...tinyLlama(), tensors })), "gguf-overlap");
  });
  it("has a tensor that is not aligned", async () => {
    const tensors = [{ name: "token_embd.weight", shape: [8, 3], type: 0, bytes: 96, offset: 4 }];
    assert.equal(await load(ggufFile({ ...tinyLlama(), tensors })), "gguf-misaligned");
  });
  for (const alignment of [0, 3, 2 ** 31]) {
    it(`wants an alignment of ${String(alignment)}`, async () => {
      assert.equal(await load(ggufFile(tinyLlama({ "general.alignment": alignment }))), "gguf-bad-alignment");
    });
  }
  it("has weights or scales that are no numbers", async () => {
    // All bits set is no number in every type that has a scale, and in plain floats.
    const spoiled = patched(whole.length - 256, Buffer.alloc(128, 0xff));
    assert.equal(await load(spoiled), "model-bad-values");
  });
  it("is damaged in any byte of what it says of itself", async () => {
    const header = 2000;
    let refused = 0;
    for (let at = 4; at < header; at += 97) {
      const code = await load(patched(at, Buffer.from([whole.readUInt8(at) ^ 0xa5])));
      if (code !== "loaded") refused++;
    }
    assert.ok(refused > 0);
  });
  it("does not fit in memory with the context that is asked for", async () => {
    const file = await makeWideModel(folder);
    assert.equal(await load(await readFile(file), { contextLength: 1 << 20 }), "model-does-not-fit");
  });

  it("and afterwards the agent still loads the good one", async () => assert.equal(await load(whole), "loaded"));
});
