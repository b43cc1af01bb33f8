// The tuner's side in the extension, as far as it needs no agent.
import assert from "node:assert/strict";
import { AgentSessions } from "../../../src/run/sessions";
import { WhatIf } from "../../../src/run/whatIf";
import { LocalDevice } from "../../../src/device/local";
import type { Device } from "../../../src/device/device";
import { readTunable, type Tunable } from "../../../src/ui/tune/subject";
import { Tuner } from "../../../src/ui/tune/tuner";
import { assertOneSentence } from "../../fixtures/sentence";
import { cpuRun } from "../../fixtures/traceScenarios";

const never = new AbortController().signal;
const local = new LocalDevice(() => ({ setting: "/nowhere/tandem-agent", folder: "/nowhere" }), "/tmp/tandem-nowhere");

function tuner(more: { trusted?: boolean; device?: Device; tunable?: Partial<Tunable> } = {}): Tuner {
  const sessions = new AgentSessions({ clientVersion: "test" });
  const tunable: Tunable = {
    source: {
      model: { shape: "llama-3-8b" },
      costs: { soc: "tensor-g4" },
      maxTokens: 512,
      settings: {},
      processors: ["gpu", "npu"],
    },
    deviceId: "local",
    modelPath: "/models/a.gguf",
    subject: {
      title: "the run",
      origin: "measured",
      now: {},
      promptTokens: 256,
      generatedTokens: 32,
      longestStep: 512,
      prefill: 200,
      decode: 10,
      costs: "the profile",
    },
    ...more.tunable,
  };
  return new Tuner(tunable, {
    sessions,
    whatIf: new WhatIf(sessions, local),
    trusted: () => more.trusted ?? true,
    device: () => more.device,
    busy: () => false,
  });
}

function reasonOf(one: Tuner): string {
  const { device } = one.state(undefined, true);
  assert.ok(!device.ready);
  assertOneSentence(device.reason);
  return device.reason;
}

describe("what the tuner can measure", () => {
  it("is nothing, with its reason: no trust, a simulated run, no device, no model", () => {
    assert.match(reasonOf(tuner({ trusted: false, device: local })), /not trusted/);
    assert.match(reasonOf(tuner({ device: local, tunable: { deviceId: undefined } })), /simulated/);
    assert.match(reasonOf(tuner()), /not connected/);
    assert.match(reasonOf(tuner({ device: local, tunable: { modelPath: undefined } })), /model file/);
    assert.equal(tuner({ device: local }).state(undefined, true).device.ready, true);
  });

  it("is off without trust, whatever the page asks", async () => {
    for (const task of [
      tuner({ trusted: false, device: local }).abTest({}, 1, false, never),
      tuner({ trusted: false, device: local }).autotune({}, 1, 38, true, never),
      tuner({ trusted: false, device: local }).sweep({}, [], true, never),
    ]) {
      const answer = await task;
      assert.ok(!answer.ok);
      assert.equal(answer.failure.code, "untrusted");
    }
  });

  it("fails in one sentence where the agent is not there, and the tuner stays", async () => {
    const one = tuner({ device: local });
    for (let tries = 0; tries < 2; tries++) {
      const solved = await one.solve({}, [256], never);
      assert.ok(!solved.ok);
      assertOneSentence(solved.failure.message);
    }
  });
});

describe("a trace that cannot be tuned", () => {
  it("says why", () => {
    const alone = readTunable(cpuRun(), "run.pftrace");
    assert.ok(!alone.ok);
    assert.equal(alone.failure.code, "no-plan-source");
    assertOneSentence(alone.failure.message);
    assert.ok(!readTunable(new Uint8Array([1, 2, 3]), "x.pftrace").ok);
  });
});
