// Every strategy on a phone's GPU and NPU, through the real adb: the answers are the CPU's, whatever the plan.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { GenerateResult, Strategy, VerifyResult } from "../../src/agent/protocol.gen";
import type { Device } from "../../src/device/device";
import { loadModel } from "../../src/run/loadModel";
import { AgentSessions, type PreparedDevice } from "../../src/run/sessions";
import { verifyModel } from "../../src/run/verifyModel";
import { virtualDrivers } from "../../src/device/virtual/drivers";
import { Endings } from "../agent/support/endings";
import { Bench, agentPath, must, needsAgent, root, silent } from "./support";

const demoModel = path.join(root, "media/demo-model/tandem-demo.gguf");
const strategies: readonly Strategy[] = ["gpu", "npu", "pad", "weight", "activation", "hybrid"];
/** Tokens of one step; the shared plans take up to 512 at once. */
const lengths = [1, 2, 31, 32, 33, 64, 135, 256, 257, 300];
/** Longer than the longest step, and known to the demo model by heart. */
const questions = [
  "What is prefill?",
  "Why does an NPU need fixed shapes?",
  "What is decode?",
  "What is a KV cache?",
  "What limits decode?",
  "What is a join?",
  "How does Tandem split a matmul between the GPU and the NPU?",
];
const longest = AbortSignal.timeout(10 * 60_000);
/** One token cannot be cut by tokens: the solver may leave such a step to the GPU. */
const cutsOneToken = (strategy: Strategy, tokens: number): boolean => strategy === "activation" && tokens === 1;

describe("every strategy on a phone", function () {
  this.timeout(10 * 60_000);
  let bench: Bench;
  let phone: Device;
  let sessions: AgentSessions;
  let prepared: PreparedDevice;
  const endings = new Endings();

  before(async function () {
    needsAgent(this);
    bench = await Bench.start({ diskBytes: 1 << 30, drivers: virtualDrivers(root) }, agentPath);
    endings.add(() => bench.stop());
    phone = await bench.connect();
    sessions = new AgentSessions({ clientVersion: "test" });
    endings.add(() => sessions.endAll());
    prepared = must(await sessions.prepare(phone, silent, longest));
    const missing = prepared.hello.processors.filter(({ kind, state }) => kind !== "cpu" && state !== "ready");
    if (missing.length === 0) return;
    process.stdout.write(`    skipped: ${missing.map(({ reason }) => reason).join(" ")}\n`);
    this.skip();
  });
  after(async () => {
    await endings.run();
  });

  let runs = 0;
  async function generate(modelId: number, prompt: string, maxTokens: number): Promise<GenerateResult> {
    const params = { modelId, runId: `grid-${++runs}`, prompt, maxTokens, sampler: { temperature: 0 } };
    return must(await prepared.session.request("generate", params, longest));
  }

  /** Runs the prompt's tokens in one step, all but the begin of text, which the cache has from another prompt. */
  async function inOneStep(modelId: number, prompt: string, maxTokens: number): Promise<GenerateResult> {
    await generate(modelId, "0", 1);
    return generate(modelId, prompt, maxTokens);
  }

  const stepOf = ({ stats }: GenerateResult): number => stats.promptTokens - stats.cachedTokens;

  async function load(processors: readonly ("cpu" | "gpu" | "npu")[], model = demoModel): Promise<number> {
    const settings = { contextLength: 512, threads: 1, processors };
    return must(await loadModel(prepared, model, settings, silent, longest)).load.modelId;
  }

  /** Beginnings of a conversation, one for each length, with what the CPU says behind them. */
  async function promptsOnTheCpu(): Promise<Map<number, { readonly prompt: string; readonly text: string }>> {
    const modelId = await load(["cpu"]);
    let talk = "";
    for (const question of questions) {
      talk += `<|user|>${question}<|end|><|assistant|>`;
      talk += `${(await generate(modelId, talk, 120)).text}<|end|>`;
    }
    const prompts = new Map<number, { readonly prompt: string; readonly text: string }>();
    let end = 1;
    for (const length of lengths) {
      for (let tokens = 0; end <= talk.length && tokens !== length;) {
        const prompt = talk.slice(0, end);
        const answer = await inOneStep(modelId, prompt, 4);
        tokens = stepOf(answer);
        if (tokens === length) prompts.set(length, { prompt, text: answer.text });
        // A character adds a token at most: so many are too few or just enough.
        else end += Math.max(1, length - tokens);
      }
      assert.ok(prompts.has(length), `no beginning of ${talk.length} characters has ${length} tokens`);
    }
    return prompts;
  }

  it("gives the CPU's text at every length", async () => {
    const prompts = await promptsOnTheCpu();
    const modelId = await load(["gpu", "npu"]);
    for (const strategy of strategies) {
      const settings = { overrides: [{ pattern: "*", strategy }] };
      must(await prepared.session.request("model/replan", { modelId, settings }, longest));
      for (const [length, { prompt, text }] of prompts) {
        const answer = await inOneStep(modelId, prompt, 4);
        const where = `${strategy} at ${length} tokens`;
        assert.equal(stepOf(answer), length, where);
        assert.equal(answer.text, text, where);
        const ran = answer.ranOn.filter(({ ops }) => ops > 0).map(({ processor }) => processor);
        if (!cutsOneToken(strategy, length))
          assert.deepEqual(ran.includes("npu"), strategy !== "gpu", `${where} ran on ${ran.join(" and ")}`);
      }
    }
  });

  async function verified(model: string): Promise<VerifyResult> {
    const request = { device: phone, model, threads: 1, processors: undefined };
    return must(await verifyModel({ sessions }, request, silent, longest)).result;
  }

  for (const type of ["Q8_0", "Q4_0", "Q4_K", "F16"]) {
    it(`verifies ${type}, and runs it with every strategy`, async () => {
      const model = path.join(bench.folder, `tiny-${type}.gguf`);
      await promisify(execFile)(agentPath, ["make-model", "--preset", "tiny", "--type", type, model]);
      const result = await verified(model);
      assert.deepEqual(
        result.rows.filter(({ outcome }) => outcome !== "passed"),
        [],
      );
      assert.ok(result.passed && result.rows.some(({ processor }) => processor === "npu"));
      const modelId = await load(["gpu", "npu"], model);
      for (const strategy of strategies) {
        const settings = { overrides: [{ pattern: "*", strategy }] };
        must(await prepared.session.request("model/replan", { modelId, settings }, longest));
        const { rows } = must(
          await prepared.session.request(
            "bench",
            { modelId, prefill: [1, 33, 257], decode: [2], repetitions: 1, warmUp: false },
            longest,
          ),
        );
        for (const { test, tokens, ranOn } of rows) {
          if (cutsOneToken(strategy, test.startsWith("tg") ? 1 : tokens)) continue;
          const onNpu = ranOn.some(({ processor, ops }) => processor === "npu" && ops > 0);
          assert.equal(onNpu, strategy !== "gpu", `${strategy}, ${test}: ${JSON.stringify(ranOn)}`);
        }
      }
    });
  }

  it("finds the shape that its NPU computes wrongly", async () => {
    const wrong = await Bench.start(
      { diskBytes: 1 << 30, drivers: { ...virtualDrivers(root), TANDEM_NPU_WRONG: "512x256" } },
      agentPath,
    );
    const others = new AgentSessions({ clientVersion: "test" });
    try {
      const device = await wrong.connect();
      const request = { device, model: demoModel, threads: 1, processors: ["npu"] as const };
      const { result } = must(await verifyModel({ sessions: others }, request, silent, longest));
      assert.equal(result.passed, false);
      const beyond = result.rows.filter(({ outcome }) => outcome === "beyond").map(({ op }) => op);
      assert.deepEqual([...new Set(beyond)], ["blk.0.ffn_down"]);
    } finally {
      await others.endAll();
      await wrong.stop();
    }
  });
});
