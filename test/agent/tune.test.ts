// A/B tests, sweeps and the autotuner on a real agent with two processors.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Result } from "../../src/base/result";
import { planInHeader } from "../../src/plan/traced";
import type { AbState } from "../../src/plan/tuning";
import { abTest } from "../../src/run/abTest";
import { autotune } from "../../src/run/autotune";
import { solveFromCosts, solveFromProfile } from "../../src/run/deviceSolve";
import { runPrompt } from "../../src/run/runPrompt";
import { sweep } from "../../src/run/sweep";
import { type TrialSubject, Trials } from "../../src/run/trials";
import { decodeTrace } from "../../src/trace/decode";
import { assertOneSentence } from "../fixtures/sentence";
import { modelPath, needs, never } from "./support/agent";
import { Workplace, listenTo } from "./support/device";
import { needsNpu } from "./support/npu";

const quiet = (): void => undefined;

function valueOf<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  return result.value;
}

describe("tuning on this computer", function () {
  this.timeout(240_000);
  let place: Workplace;

  before(function () {
    needs(this, "agent", "model");
    needsNpu(this);
  });
  beforeEach(async () => (place = await Workplace.make()));
  afterEach(() => place.end());

  const subject = (more: Partial<TrialSubject> = {}): TrialSubject => {
    const model = modelPath() ?? "";
    return { device: place.device, model, threads: 0, processors: ["cpu", "npu"], prefill: 48, decode: 4, ...more };
  };

  it("runs two settings in turn, and gives their difference with its interval", async () => {
    const states: AbState[] = [];
    const request = { ...subject(), a: {}, b: { strategies: [] }, runs: 2 };
    const outcome = valueOf(await abTest(place.environment, request, (state) => states.push(state), quiet, never));
    assert.deepEqual([outcome.samples.a.length, outcome.samples.b.length], [2, 2]);
    assert.deepEqual(
      states.map(({ samples }) => [samples.a.length, samples.b.length]),
      [
        [1, 0],
        [1, 1],
        [1, 2],
        [2, 2],
      ],
    );
    for (const trial of [...outcome.samples.a, ...outcome.samples.b]) {
      assert.ok((trial.prefill ?? 0) > 0 && (trial.decode ?? 0) > 0);
    }
    assert.ok(outcome.prefill?.interval !== undefined);
    assert.equal(outcome.stopped, undefined);
    const more = { ...request, runs: 1, earlier: outcome.samples };
    const after = valueOf(await abTest(place.environment, more, quiet, quiet, never));
    assert.deepEqual([after.samples.a.length, after.samples.b.length], [3, 3]);
    assert.deepEqual(after.samples.a.slice(0, 2), outcome.samples.a);
  });

  it("leaves the model with the settings that it was loaded with", async () => {
    const first = { rowStep: 64 };
    const longer = subject({ prefill: 200 });
    const trials = valueOf(await Trials.open(place.environment, longer, first, quiet, never));
    valueOf(await trials.run({ strategies: [] }, quiet, never));
    await trials.close();
    assert.equal(place.sessions.get(place.device.id)?.loaded, trials.model);
    const settings = { contextLength: 200, processors: ["cpu", "npu"] as const, solver: first, maxTokens: 4 };
    const outcome = valueOf(await runPrompt(place.environment, place.request({ settings }), listenTo(), never));
    assert.equal(outcome.model, trials.model);
    const trace = valueOf(decodeTrace(await readFile(outcome.tracePath ?? "")));
    const plan = planInHeader(trace.header?.json.plan);
    assert.equal(plan?.settings.rowStep, 64);
    assert.ok((plan.settings.strategies ?? []).length > 0);
  });

  it("keeps the runs of a test that is stopped", async () => {
    const stop = new AbortController();
    const request = { ...subject(), a: {}, b: { rowStep: 64 }, runs: 50 };
    const outcome = await abTest(
      place.environment,
      request,
      ({ samples }) => {
        if (samples.b.length === 1) stop.abort();
      },
      quiet,
      stop.signal,
    );
    const { samples, stopped } = valueOf(outcome);
    assert.ok(samples.a.length >= 1 && samples.b.length >= 1 && samples.a.length + samples.b.length < 10);
    assert.equal(stopped?.code, "cancelled");
  });

  it("says why nothing can be compared", async () => {
    const alone = await Trials.open(place.environment, subject({ processors: ["cpu"] }), {}, quiet, never);
    assert.ok(!alone.ok);
    assert.equal(alone.failure.code, "one-processor");
    assertOneSentence(alone.failure.message);
    const wrong = { ...subject(), a: {}, b: { rowStep: -1 }, runs: 1 };
    const outcome = valueOf(await abTest(place.environment, wrong, quiet, quiet, never));
    assert.equal(outcome.samples.a.length, 1);
    assert.equal(outcome.stopped?.code, "invalid-argument");
    assert.match(outcome.stopped.message, /rowStep/);
  });

  it("sweeps two settings, measured where asked for, past points that are refused", async () => {
    const trials = valueOf(await Trials.open(place.environment, subject(), {}, quiet, never));
    const solve = valueOf(await solveFromProfile(trials, 48, quiet, never));
    const axes = [
      { name: "gpuShareCap", values: [1, 7] },
      { name: "sync", values: ["fast", "driver"] },
    ] as const;
    const seen: number[] = [];
    const request = { base: {}, axes, promptTokens: 48, trials };
    const outcome = valueOf(await sweep(solve, request, (_, index) => seen.push(index), quiet, never));
    await trials.close();
    assert.deepEqual(seen, [0, 1, 2, 3]);
    const [fast, driver, refused] = outcome.points;
    for (const point of [fast, driver]) {
      assert.ok((point?.predicted?.prefill ?? 0) > 0 && (point?.measured?.prefill ?? 0) > 0);
    }
    assert.equal(refused?.predicted, undefined);
    assert.match(refused?.problem?.message ?? "", /gpuShareCap/);
  });

  it("finds faster settings by prediction, none of them beaten by another", async () => {
    const where = { device: place.device, model: "llama-3.2-1b", costs: { soc: "snapdragon-8-gen-3" }, maxTokens: 300 };
    const solve = valueOf(await solveFromCosts(place.environment, where, quiet, never));
    const request = { start: { rowStep: 512, standardLengths: [32, 512], maxPieces: 1 }, promptTokens: 300, budgetMs: 60_000 };
    const { start, front, tried } = valueOf(await autotune(solve, request, quiet, quiet, never));
    const [best] = front;
    assert.ok(tried > 10);
    assert.ok(best !== undefined && best.prefill > start.prefill, `${best?.prefill} is not over ${start.prefill}`);
    for (const one of front) {
      assert.ok(!front.some((other) => other !== one && other.prefill >= one.prefill && other.decode >= one.decode));
    }
  });

  it("confirms on the device within its time, and keeps what it has when that is spent", async () => {
    const trials = valueOf(await Trials.open(place.environment, subject(), { maxPieces: 1, rowStep: 256 }, quiet, never));
    const solve = valueOf(await solveFromProfile(trials, 48, quiet, never));
    const request = { start: { maxPieces: 1, rowStep: 256 }, promptTokens: 48, budgetMs: 6000, trials };
    const outcome = valueOf(await autotune(solve, request, quiet, quiet, never));
    await trials.close();
    assert.ok(outcome.tried > 1);
    assert.ok(outcome.front.length > 0);
    if (outcome.stopped !== undefined) assert.equal(outcome.stopped.code, "budget-spent");
    const ran = outcome.start.measured?.length ?? 0;
    process.stdout.write(`    ${outcome.tried} predicted, ${ran} runs of the start, ${outcome.stopped?.code ?? "done"}\n`);
  });
});
