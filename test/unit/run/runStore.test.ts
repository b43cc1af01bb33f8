import assert from "node:assert/strict";
import { mkdtemp, open, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runId } from "../../../src/run/runRecord";
import { RunStore, type RunSummary, RunWriter } from "../../../src/run/runStore";
import { assertOneSentence } from "../../fixtures/sentence";

const start = (startedAt: string) => ({
  startedAt,
  origin: "measured" as const,
  device: { id: "adb:1", name: "Xiaomi 14", kind: "phone" },
  model: { name: "Llama 3.2 1B", type: "Q4_0", path: "/m.gguf" },
  prompt: "Why?",
});

describe("RunStore", () => {
  let folder: string;
  let store: RunStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "tandem-runs-"));
    store = new RunStore(path.join(folder, "runs"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function list(): Promise<readonly RunSummary[]> {
    const runs = await store.list();
    assert.ok(runs.ok);
    return runs.value;
  }

  async function record(startedAt: string, bytes = "trace"): Promise<string> {
    const writer = await store.begin(start(startedAt));
    assert.ok(writer.ok);
    writer.value.append(Buffer.from(bytes));
    await writer.value.finish({ finish: "end-token", tokens: 7 });
    return writer.value.id;
  }

  it("is empty before its folder exists", async () => {
    assert.deepEqual(await list(), []);
  });

  it("lists runs newest first, named by time, model and device", async () => {
    await record("2026-11-20T14:05:33.000Z");
    await record("2026-11-21T08:00:00.000Z");
    await record("2026-11-20T23:59:59.000Z");
    const ids = (await list()).map((run) => run.id);
    const suffix = "-Llama-3.2-1B-Xiaomi-14";
    assert.deepEqual(ids, [`20261121-080000${suffix}`, `20261120-235959${suffix}`, `20261120-140533${suffix}`]);
    const [newest] = await list();
    assert.equal(newest?.record?.tokens, 7);
    assert.equal(newest.problem, undefined);
    assert.equal(newest.record.pid, undefined);
  });

  it("gives two runs of one second two files", async () => {
    const ids = [await record("2026-11-20T14:05:33.000Z"), await record("2026-11-20T14:05:33.000Z")];
    assert.equal(new Set(ids).size, 2);
    assert.equal((await list()).length, 2);
  });

  it("has every appended byte on disk, in order, before the run ends", async () => {
    const writer = await store.begin(start("2026-11-20T14:05:33.000Z"));
    assert.ok(writer.ok);
    for (let at = 0; at < 100; at++) writer.value.append(Buffer.from([at]));
    await writer.value.flushed();
    const bytes = await readFile(writer.value.tracePath);
    assert.deepEqual([...bytes], [...Array(100).keys()]);
    const [running] = await list();
    assert.equal(running?.record?.finish, "running");
    assert.equal(running.problem, undefined);
    await writer.value.finish({
      finish: "failed",
      tokens: 3,
      failure: { code: "connection-lost", message: "Unplugged." },
    });
    const [failed] = await list();
    assert.equal(failed?.problem, "Unplugged.");
  });

  it("keeps what was written before the disk became full, and says so in words", async function () {
    const file = "/dev/full";
    if (process.platform !== "linux") {
      process.stdout.write(`      skipped: only Linux has ${file}\n`);
      this.skip();
    }
    const id = await record("2026-11-20T14:05:33.000Z");
    const [kept] = await list();
    assert.ok(kept?.record !== undefined);
    const full = await open(file, "a");
    const writer = new RunWriter(store, full, kept.record, () => undefined);
    writer.append(Buffer.from("more"));
    await writer.flushed();
    assert.equal(writer.problem, "the disk is full");
    assert.equal(writer.bytes, 0);
    await full.close();
    assert.equal((await list())[0]?.id, id);
  });

  it("says of a run whose Tandem is gone that it was cut short", async () => {
    const id = await record("2026-11-20T14:05:33.000Z");
    const file = path.join(store.folder, `${id}.run.json`);
    const saved = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...saved, finish: "running", pid: 2 ** 30 }));
    assert.match((await list())[0]?.problem ?? "", /ended during this run/);
  });

  it("keeps nothing of a run without a trace", async () => {
    await record("2026-11-20T14:05:33.000Z", "");
    assert.deepEqual(await readdir(store.folder), []);
  });

  it("lists foreign and damaged files with a sentence", async () => {
    const id = await record("2026-11-20T14:05:33.000Z");
    await writeFile(path.join(store.folder, `${id}.run.json`), "{ half a rec");
    await writeFile(path.join(store.folder, "downloaded.pftrace"), "whatever");
    await writeFile(path.join(store.folder, "empty.pftrace"), "");
    await writeFile(path.join(store.folder, "README.txt"), "not listed");
    const runs = await list();
    assert.equal(runs.length, 3);
    for (const run of runs) assertOneSentence(run.problem ?? "");
  });

  it("deletes a run with its record", async () => {
    await store.delete(await record("2026-11-20T14:05:33.000Z"));
    assert.deepEqual(await readdir(store.folder), []);
  });

  it("leaves no half-written file behind", async () => {
    await record("2026-11-20T14:05:33.000Z");
    assert.ok((await readdir(store.folder)).every((name) => !name.endsWith(".part")));
  });

  it("says that a folder cannot be written", async () => {
    await writeFile(path.join(folder, "file"), "");
    const blocked = new RunStore(path.join(folder, "file", "runs"));
    const begun = await blocked.begin(start("2026-11-20T14:05:33.000Z"));
    assert.ok(!begun.ok);
    assert.equal(begun.failure.code, "file-unwritable");
    assertOneSentence(begun.failure.message);
  });
});

describe("runId", () => {
  it("is a safe file name whatever the names are", () => {
    const id = runId(new Date(0), "../..\\Mötley: Q4/0*", 'a"b<c>|d?');
    assert.equal(id, "19700101-000000-Mo-tley-Q4-0-a-b-c-d");
  });
});
