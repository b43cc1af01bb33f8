import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ggufFile, tinyLlama } from "../unit/model/gguf";
import { Endings } from "./support/endings";
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

  async function load(bytes: Uint8Array): Promise<string> {
    const file = path.join(folder, "model.gguf");
    await writeFile(file, bytes);
    const answer = await agent.session.request("model/load", { path: file }, never);
    assert.deepEqual(agent.validator.violations, []);
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

  it("and afterwards the agent still loads the good one", async () => assert.equal(await load(whole), "loaded"));
});
