import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readModelHeader } from "../../../src/model/header";
import { runnableFamilies, verdict } from "../../../src/model/verdict";
import { assertOneSentence } from "../../fixtures/sentence";
import { ggufFile, tinyLlama } from "./gguf";

describe("readModelHeader", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "tandem-header-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function read(bytes: Uint8Array) {
    const file = path.join(folder, "model.gguf");
    await writeFile(file, bytes);
    return readModelHeader(file);
  }

  it("reads what the file says of itself", async () => {
    const header = await read(ggufFile(tinyLlama({ "tokenizer.chat_template": "{{ messages }}" })));
    assert.ok(header.ok);
    const { name, family, parameters, type, dimensions, bosText, eosText, chatTemplate, weightBytesByType } =
      header.value;
    assert.deepEqual(
      { name, family, parameters, type },
      { name: "Tiny", family: "llama", parameters: 88, type: "F32" },
    );
    assert.deepEqual(weightBytesByType, { F32: 352 });
    assert.deepEqual([bosText, eosText, chatTemplate], ["<s>", "</s>", "{{ messages }}"]);
    const sizes = { layers: 1, embedding: 8, feedForward: 16, heads: 2, kvHeads: 1, headLength: 4 };
    assert.deepEqual(dimensions, { ...sizes, vocabulary: 3, trainedContext: 128 });
    assert.deepEqual(verdict(header.value), { runs: true });
  });

  it("reads version 2 as well", async () => {
    const header = await read(ggufFile({ ...tinyLlama(), version: 2 }));
    assert.ok(header.ok);
  });

  it("names K-quant mixes by the file's own word, if the tensors agree", async () => {
    const tensors = [{ name: "w", shape: [256, 4], type: 12, bytes: 576 }];
    const mixed = await read(ggufFile({ ...tinyLlama({ "general.file_type": 15 }), tensors }));
    assert.equal(mixed.ok && mixed.value.type, "Q4_K_M");
    const lying = await read(ggufFile({ ...tinyLlama({ "general.file_type": 17 }), tensors }));
    assert.equal(lying.ok && lying.value.type, "Q4_K");
  });

  const whole = ggufFile(tinyLlama());
  const cases: [string, string, Uint8Array][] = [
    ["an empty file", "gguf-truncated", Buffer.alloc(0)],
    ["something else", "gguf-bad-magic", Buffer.from("PK\u0003\u0004 not a model")],
    ["version 1", "gguf-bad-version", ggufFile({ ...tinyLlama(), version: 1 })],
    ["a file cut in its header", "gguf-truncated", whole.subarray(0, 200)],
    ["a file cut in its tensors", "gguf-truncated", whole.subarray(0, whole.length - 40)],
    ["no architecture", "gguf-corrupt", ggufFile({ metadata: { "general.name": "x" } })],
    [
      "an unknown tensor type",
      "gguf-unknown-type",
      ggufFile({ ...tinyLlama(), tensors: [{ name: "w", shape: [8], type: 777, bytes: 32 }] }),
    ],
    [
      "a huge tensor count",
      "gguf-corrupt",
      Buffer.concat([whole.subarray(0, 8), Buffer.alloc(8, 0xff), whole.subarray(16)]),
    ],
    [
      "a huge metadata count",
      "gguf-corrupt",
      Buffer.concat([whole.subarray(0, 16), Buffer.alloc(8, 0xff), whole.subarray(24)]),
    ],
    [
      "a tensor larger than the file",
      "gguf-truncated",
      ggufFile({ ...tinyLlama(), tensors: [{ name: "w", shape: [2 ** 31], type: 0, bytes: 32 }] }),
    ],
  ];
  for (const [name, code, bytes] of cases) {
    it(`refuses ${name} in one sentence`, async () => {
      const header = await read(bytes);
      assert.ok(!header.ok);
      assert.equal(header.failure.code, code);
      assertOneSentence(header.failure.message);
    });
  }

  it("says that a file is missing, or is a folder", async () => {
    const missing = await readModelHeader(path.join(folder, "nowhere.gguf"));
    assert.ok(!missing.ok);
    assert.equal(missing.failure.code, "file-not-found");
    assertOneSentence(missing.failure.message);
    const directory = await readModelHeader(folder);
    assert.ok(!directory.ok);
    assert.equal(directory.failure.code, "file-unreadable");
    assertOneSentence(directory.failure.message);
  });

  it("survives any single corrupted byte of the header", async function () {
    this.timeout(60_000);
    for (let at = 0; at < 560; at += 3) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8((bytes.readUInt8(at) + 0x7f) & 0xff, at);
      const header = await read(bytes);
      if (!header.ok) assert.match(header.failure.code, /^gguf-/);
    }
  });
});

describe("verdict", () => {
  const judge = async (content: Parameters<typeof ggufFile>[0]) => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), "tandem-verdict-")), "m.gguf");
    await writeFile(file, ggufFile(content));
    const header = await readModelHeader(file);
    await rm(path.dirname(file), { recursive: true });
    assert.ok(header.ok);
    const judged = verdict(header.value);
    return judged.runs ? "runs" : `${judged.code}: ${judged.why}`;
  };

  it("lets through what the agent runs, and no other family", async () => {
    const schema = JSON.parse(await readFile("agent/src/rpc/protocol.schema.json", "utf8")) as {
      $defs: { ModelLoadResult: { properties: { family: { enum: string[] } } } };
    };
    assert.deepEqual(runnableFamilies, schema.$defs.ModelLoadResult.properties.family.enum);
    for (const family of runnableFamilies) {
      const metadata = { "general.architecture": family, [`${family}.block_count`]: 1 };
      assert.equal(await judge(tinyLlama(metadata)), "runs", family);
    }
  });
  it("names the family that is not run", async () => {
    assert.match(
      await judge(tinyLlama({ "general.architecture": "mamba" })),
      /^model-family-unsupported: .*mamba.*llama/,
    );
  });
  it("names the weights that are not run", async () => {
    const tensors = [{ name: "w", shape: [256], type: 23, bytes: 136 }];
    assert.match(await judge({ ...tinyLlama(), tensors }), /^gguf-unknown-type: .*IQ4_XS/);
  });
  it("knows a vocabulary from a model", async () => {
    assert.match(await judge({ ...tinyLlama(), tensors: [] }), /^model-incomplete: /);
  });
  it("asks for split files to be merged", async () => {
    assert.match(await judge(tinyLlama({ "split.count": 3 })), /^unsupported: .*3 files/);
  });
});
