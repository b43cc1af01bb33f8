import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { assertOneSentence } from "../fixtures/sentence";
import { agentPath, modelPath, needs } from "./support/agent";
import { makeSlowModel } from "./support/slowModel";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The fields of --json documents that these tests read. */
interface Document {
  readonly ok: boolean;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly text?: string;
  readonly finish?: string;
  readonly tracePath?: string | null;
  readonly stats?: { readonly decodeTokensPerSecond: number } | null;
  readonly devices?: readonly { readonly id: string }[];
  readonly problems?: readonly { readonly code: string }[];
  readonly rows?: readonly { readonly test: string; readonly median: number }[];
  readonly origin?: string;
  readonly sentence?: string;
  readonly slower?: readonly string[];
  readonly verdict?: string;
  readonly checks?: readonly {
    readonly group: string;
    readonly state: string;
    readonly sentence: string;
    readonly todo: string | null;
  }[];
  readonly kinds?: readonly { readonly name: string; readonly ns: number }[];
}

describe("the command line", function () {
  this.timeout(60_000);
  let folder: string;
  const model = modelPath() ?? "";

  before(function () {
    needs(this, "agent", "model");
  });
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "tandem-cli-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  interface More {
    readonly input?: Buffer;
    /** Called once, at the first bytes on stdout. */
    readonly onOutput?: (kill: (signal: NodeJS.Signals) => void) => void;
  }

  function tandem(args: readonly string[], { input, onOutput }: More = {}): Promise<Ended> {
    return new Promise((resolve) => {
      // No PATH and a port where nothing listens: the user's adb stays out of this.
      const env = { HOME: folder, XDG_DATA_HOME: folder, PATH: "", ANDROID_ADB_SERVER_PORT: "1" };
      const child = spawn(process.execPath, [path.resolve("dist/cli.js"), ...args], { cwd: folder, env });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (bytes: Buffer) => {
        if (stdout === "") onOutput?.((signal) => child.kill(signal));
        stdout += bytes.toString();
      });
      child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
      child.on("close", (code) => resolve({ code, stdout, stderr }));
      child.stdin.end(input);
    });
  }

  const here = ["--device", "local", "--agent", agentPath];

  async function json(args: readonly string[], expected = 0): Promise<Document> {
    const { code, stdout, stderr } = await tandem([...args, "--json"]);
    assert.equal(code, expected, stdout + stderr);
    assert.equal(stderr, "");
    return JSON.parse(stdout) as Document;
  }

  it("streams the answer alone to stdout, and what it took to stderr", async () => {
    const { code, stdout, stderr } = await tandem(["run", ...here, model, "-p", "What is prefill?", "-n", "16"]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.trim().length > 0);
    for (const words of [/measured/, /first token/, /tok\/s/, /ran on +CPU/, /trace +\/.*\.pftrace/]) assert.match(stderr, words);
    const again = await json(["run", ...here, model, "-p", "What is prefill?", "-n", "16"]);
    assert.equal(`${again.text}\n`, stdout);
  });

  it("keeps the run, and says where", async () => {
    const run = await json(["run", ...here, model, "-p", "Hi", "-n", "4", "--trace", path.join(folder, "copy.pftrace")]);
    assert.equal(run.tracePath, path.join(folder, "copy.pftrace"));
    const kept = (await readdir(path.join(folder, "tandem/runs"))).filter((name) => name.endsWith(".pftrace"));
    assert.equal(kept.length, 1);
    const without = await json(["run", ...here, model, "-p", "Hi", "-n", "4", "--no-trace"]);
    assert.equal(without.tracePath, null);
    assert.ok((without.stats?.decodeTokensPerSecond ?? 0) > 0);
  });

  it("takes the prompt from stdin, and only as UTF-8", async () => {
    const good = await tandem(["run", ...here, model, "-n", "4", "--json"], { input: Buffer.from("What is decode?") });
    assert.equal(good.code, 0, good.stderr);
    const bad = await tandem(["run", ...here, model, "--json"], { input: Buffer.from([0x41, 0xff, 0xfe]) });
    assert.equal(bad.code, 1);
    const { failure } = JSON.parse(bad.stdout) as Document;
    assert.equal(failure?.code, "invalid-utf8");
    assertOneSentence(failure.message);
  });

  it("measures like llama-bench", async () => {
    const args = ["bench", ...here, model, "-p", "16,32", "-n", "4", "-r", "2"];
    const bench = await json(args);
    assert.equal(bench.origin, "measured");
    assert.deepEqual(bench.rows?.map((row) => row.test), ["pp16", "pp32", "tg4"]);
    const { stdout } = await tandem(args);
    assert.match(stdout, /^\| model .*\| +t\/s \|\n\| -+ .*\n(\|.*\d ± \d.*\|\n){3}$/);
  });

  it("deploys, and has nothing to push to this computer", async () => {
    assert.match((await tandem(["deploy", ...here])).stdout, /Agent .* on this computer: .*\n.*tandem-agent\n +CPU/);
    assert.match((await tandem(["push", ...here, model])).stdout, /^Nothing to send/);
  });

  it("lists this computer, and says that adb is missing", async () => {
    const list = await json(["devices"]);
    assert.deepEqual(list.devices?.map(({ id }) => id), ["local"]);
    assert.deepEqual(list.problems?.map(({ code }) => code), ["adb-missing"]);
  });

  it("sums a trace up, whole or cut short", async () => {
    const { tracePath } = await json(["run", ...here, model, "-p", "Hi", "-n", "8"]);
    const file = tracePath ?? "";
    const summary = await json(["trace", "summary", file]);
    assert.equal(summary.origin, "measured");
    assert.ok(summary.kinds?.some(({ name, ns }) => name === "matmul" && ns > 0));
    const text = await tandem(["trace", "summary", file]);
    for (const words of [/PHASE/, /prefill/, /KIND/, /matmul/, /LONGEST OPS/, /recording cost/]) assert.match(text.stdout, words);

    await truncate(file, Math.floor((await readFile(file)).length * 0.6));
    const cut = await json(["trace", "summary", file]);
    assert.ok(cut.kinds?.some(({ name, ns }) => name === "matmul" && ns > 0));
    const told = (await tandem(["trace", "summary", file])).stderr.trim();
    assert.match(told, /^The (file|run) (is|was) cut short/);
    assertOneSentence(told);
  });

  describe("compare", () => {
    const simulated = async (...more: readonly string[]): Promise<string> => {
      const args = ["simulate", "llama-3.2-1b", "-p", "64", "-n", "8", "--agent", agentPath, "--runs", folder, ...more];
      const { tracePath } = await json(args);
      assert.ok(typeof tracePath === "string");
      return tracePath;
    };

    it("says in one sentence what differs, and fails a gate only where B is slower", async () => {
      const [driver, fast] = [await simulated("--sync", "driver"), await simulated()];
      const { code, stdout } = await tandem(["compare", driver, fast, "--fail-above", "5%"]);
      assert.equal(code, 0, stdout);
      assertOneSentence(stdout.split("\n")[0] ?? "");
      assert.match(stdout, /both modeled/);
      const slower = await tandem(["compare", fast, driver, "--fail-above", "5%"]);
      assert.equal(slower.code, 1, slower.stdout);
      assert.match(slower.stderr, /of B (?:is|are) more than 5 % slower than A\./);
      const same = await json(["compare", fast, fast, "--fail-above", "0%"]);
      assert.equal(same.ok, true);
      assert.equal(same.sentence, "No difference beyond noise.");
      assert.deepEqual(same.slower, []);
    });

    it("refuses what cannot be compared, and a gate over two origins", async () => {
      const modeled = await simulated();
      const measured = (await json(["run", ...here, "--runs", folder, model, "-p", "Hi", "-n", "4"])).tracePath ?? "";
      const mixed = await json(["compare", measured, modeled, "--fail-above", "5%"], 1);
      assert.equal(mixed.failure?.code, "origins-differ");
      assertOneSentence(mixed.failure.message);
      const empty = path.join(folder, "empty.pftrace");
      await writeFile(empty, "");
      const nothing = await json(["compare", empty, modeled], 1);
      assert.equal(nothing.ok, false);
      assertOneSentence(nothing.failure?.message ?? "");
      assert.equal((await json(["compare", "nowhere.pftrace", modeled], 1)).failure?.code, "file-not-found");
    });
  });

  it("finds out why a processor is not used, and what to do", async () => {
    const report = await json(["doctor", ...here]);
    assert.match(report.verdict ?? "", /ready|not used/);
    const npu = report.checks?.find(({ group }) => group === "NPU");
    assert.equal(npu?.state, "warning");
    assertOneSentence(npu.sentence);
    assert.ok((npu.todo ?? "").length > 10);
    const { stdout, code } = await tandem(["doctor", ...here]);
    assert.equal(code, 0);
    assert.match(stdout, /^.*(?:ready|not used).*\n/);
    const gone = await json(["doctor", "--device", "local", "--agent", "/nowhere/agent"], 1);
    assert.match(gone.verdict ?? "", /^This computer cannot be used:/);
  });

  describe("answers Ctrl+C", () => {
    it("with the text and the trace so far, and exit code 130", async () => {
      const slow = await makeSlowModel(folder);
      const args = ["run", ...here, slow, "-p", "Hi", "-n", "1500", "--plain"];
      const run = await tandem(args, { onOutput: (kill) => kill("SIGINT") });
      assert.equal(run.code, 130, run.stderr);
      assert.ok(run.stdout.trim().length > 0);
      assert.match(run.stderr, /trace +\/.*\.pftrace/);
    });

    it("during a benchmark", async () => {
      const slow = await makeSlowModel(folder);
      const child = tandemUntil(["bench", ...here, slow, "-p", "512", "-n", "500", "-r", "50"], /Measuring|Warming/);
      assert.equal((await child).code, 130);
    });

    /** Interrupts when stderr shows the words. */
    function tandemUntil(args: readonly string[], words: RegExp): Promise<{ code: number | null }> {
      return new Promise((resolve) => {
        const env = { HOME: folder, XDG_DATA_HOME: folder, PATH: "" };
        const child = spawn(process.execPath, [path.resolve("dist/cli.js"), ...args], { env });
        let sent = false;
        child.stderr.on("data", (bytes: Buffer) => {
          if (!sent && words.test(bytes.toString())) sent = child.kill("SIGINT");
        });
        child.on("close", (code) => resolve({ code }));
      });
    }
  });

  const usage: readonly (readonly string[])[] = [
    ["nonsense"],
    ["run"],
    ["run", "x.gguf", "-n", "many"],
    ["run", "x.gguf", "-p", "Hi", "--surprise"],
    ["run", "x.gguf", "-p", "Hi", "-n", "0"],
    ["run", "x.gguf", "-p", "Hi", "--top-p", "2"],
    ["bench", "x.gguf", "-p", "1,x"],
    ["trace"],
  ];
  for (const args of usage) {
    it(`calls \`tandem ${args.join(" ")}\` wrong usage`, async () => {
      const { code, stderr } = await tandem(args);
      assert.equal(code, 2);
      assert.ok(stderr.length > 0);
    });
  }

  it("shows help and version without failing", async () => {
    assert.equal((await tandem(["--help"])).code, 0);
    assert.equal((await tandem(["run", "--help"])).code, 0);
    assert.match((await tandem(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  describe("fails with a code and a sentence", () => {
    const fails = async (args: readonly string[], code: string): Promise<void> => {
      const { ok, failure } = await json(args, 1);
      assert.equal(ok, false);
      assert.ok(failure !== undefined);
      assert.equal(failure.code, code);
      assertOneSentence(failure.message);
      const text = await tandem(args);
      assert.equal(text.code, 1);
      assert.ok(text.stderr.includes(`${failure.message} (${code})`));
      assert.doesNotMatch(text.stderr, /\n {4}at /);
    };
    it("for a model that is not there", () => fails(["run", ...here, "nowhere.gguf", "-p", "Hi"], "file-not-found"));
    it("for a file that is no model", async () => {
      await writeFile(path.join(folder, "zip.gguf"), "PK\u0003\u0004 and so on");
      await fails(["run", ...here, path.join(folder, "zip.gguf"), "-p", "Hi"], "gguf-bad-magic");
    });
    it("for half a model", async () => {
      await writeFile(path.join(folder, "half.gguf"), (await readFile(model)).subarray(0, 100_000));
      await fails(["bench", ...here, path.join(folder, "half.gguf")], "gguf-truncated");
    });
    it("for a prompt that is too long", () =>
      fails(["run", ...here, model, "-p", "What is prefill? ".repeat(2000)], "prompt-too-long"));
    it("for a device that is not there", () => fails(["deploy", "--device", "pixel"], "device-not-found"));
    it("for an agent that is not there", () =>
      fails(["deploy", "--device", "local", "--agent", "/nowhere/agent"], "agent-missing"));
    it("for a trace that is none", () => fails(["trace", "summary", model], "trace-foreign"));
    it("for a trace that is not there", () => fails(["trace", "summary", "nowhere.pftrace"], "file-not-found"));
  });
});
