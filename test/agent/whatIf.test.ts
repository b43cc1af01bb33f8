// The plan of a simulated run, solved again from what its trace carries, by the real agent.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Failure, Result } from "../../src/base/result";
import { solverDefaults } from "../../src/plan/settingsModel";
import { type PlanSource, planSource } from "../../src/plan/source";
import { AgentSessions } from "../../src/run/sessions";
import { simulateRun } from "../../src/run/simulateRun";
import { WhatIf } from "../../src/run/whatIf";
import { decodeTrace } from "../../src/trace/decode";
import { needs, never } from "./support/agent";
import { Workplace } from "./support/device";

const quiet = (): void => undefined;

function valueOf<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  return result.value;
}

function failureOf(result: Result<unknown>): Failure {
  assert.ok(!result.ok, "it should have failed");
  return result.failure;
}

describe("what if", function () {
  this.timeout(120_000);
  let place: Workplace;
  let whatIf: WhatIf;
  let own: AgentSessions;

  before(function () {
    needs(this, "agent");
  });
  beforeEach(async () => {
    place = await Workplace.make();
    own = new AgentSessions({ clientVersion: "test" });
    whatIf = new WhatIf(own, place.device);
  });
  afterEach(async () => {
    whatIf.dispose();
    await place.end();
  });

  async function sourceOf(file: string | undefined): Promise<{ source: PlanSource }> {
    const trace = valueOf(decodeTrace(await readFile(file ?? "")));
    const source = planSource(trace.header?.json ?? {});
    assert.ok(source !== undefined, "the header names no source");
    return { source };
  }

  async function simulated(): Promise<PlanSource> {
    const outcome = await simulateRun(
      place.environment,
      {
        device: place.device,
        model: "llama-3.2-1b",
        costs: { soc: "snapdragon-8-gen-3" },
        settings: { rowStep: 256 },
        engine: "tensor",
        promptTokens: 64,
        maxTokens: 2,
      },
      quiet,
      never,
    );
    return (await sourceOf(valueOf(outcome).tracePath)).source;
  }

  it("knows the settings that the agent has where nobody says", async () => {
    const source = await simulated();
    const solved = valueOf(await whatIf.open(source).solve({}, [64], never));
    assert.deepEqual(solved.plan.settings, solverDefaults);
  });

  it("shows another plan for other settings, only at the lengths that are asked for", async () => {
    const source = await simulated();
    const question = whatIf.open(source);
    const now = valueOf(await question.solve(source.settings, [64, 1], never));
    const alone = valueOf(await question.solve({ strategies: ["gpu"] }, [64, 1], never));
    assert.equal(now.plan.lengths.length, 2);
    assert.ok(now.prefillTokensPerSecond > 1.2 * alone.prefillTokensPerSecond);
    assert.ok(alone.plan.placements.every(({ chosen }) => chosen.strategy === "gpu"));
    const energy = valueOf(await question.simulate(source.settings, 64, 2, never)).energy;
    assert.ok(energy.known && energy.prefillJ > 0);
  });

  it("answers the latest question and says so to those that it overtook", async () => {
    const source = await simulated();
    const question = whatIf.open(source);
    const steps = [32, 64, 128, 256, 512].map((rowStep) => question.solve({ rowStep }, [256], never));
    const answers = await Promise.all(steps);
    assert.equal(valueOf(answers.at(-1) as (typeof answers)[0]).plan.settings.rowStep, 512);
    assert.ok(answers.some((answer) => !answer.ok && answer.failure.code === "superseded"));
  });

  it("gives the agent's sentence for settings out of range", async () => {
    const source = await simulated();
    const failure = failureOf(await whatIf.open(source).solve({ gpuShareCap: 3 }, [], never));
    assert.equal(failure.code, "invalid-argument");
    assert.match(JSON.stringify(failure.context), /gpuShareCap/);
  });

  it("fails where the agent dies, and works again at the next question", async () => {
    const source = await simulated();
    const question = whatIf.open(source);
    valueOf(await whatIf.warmUp(never));
    const pid = own.get(place.device.id)?.hello.pid ?? -1;
    process.kill(pid, "SIGSTOP");
    const asked = question.solve({ rowStep: 96 }, [], never);
    setTimeout(() => process.kill(pid, "SIGKILL"), 50);
    assert.equal(failureOf(await asked).code, "agent-crashed");
    assert.equal(valueOf(await question.solve({ rowStep: 96 }, [], never)).plan.settings.rowStep, 96);
  });
});
