import assert from "node:assert/strict";
import type { HelloResult, Processor } from "../../../src/agent/protocol.gen";
import { type Findings, doctorReport, split } from "../../../src/device/doctor";
import { assertOneSentence } from "../../fixtures/sentence";

const cpu: Processor = {
  kind: "cpu",
  name: "CPU",
  state: "ready",
  role: "primary",
  reason: null,
  features: ["neon"],
  threads: 4,
};
const gpu: Processor = {
  kind: "gpu",
  name: "Adreno 750",
  state: "ready",
  role: "primary",
  reason: null,
  features: ["fp16"],
  threads: 0,
};
const npu: Processor = {
  kind: "npu",
  name: "Hexagon v75",
  state: "ready",
  role: "co-processor",
  reason: null,
  features: [],
  threads: 0,
};
const noNpu: Processor = {
  ...npu,
  name: "NPU",
  state: "missing",
  role: "none",
  reason:
    "The NPU's library libQnnHtp.so could not be loaded (dlopen failed: library not found): copy the QNN files for this chip beside the agent.",
};
const brokenGpu: Processor = {
  ...gpu,
  state: "broken",
  role: "none",
  reason: "The GPU Adreno 750 cannot be opened: restart the device or update its driver.",
};

function report(processors: readonly Processor[], change: Partial<Findings> = {}): ReturnType<typeof doctorReport> {
  const hello = {
    agent: { version: "0.1.0", target: "android-arm64", build: "", executableHash: "" },
    processors,
  } as unknown as HelloResult;
  return doctorReport({
    device: { id: "adb:2f8c1a", name: "Xiaomi 14", kind: "phone", state: { kind: "ready" } },
    facts: { ok: true, value: { abi: "arm64-v8a", memoryBytes: 12e9, memoryAvailableBytes: 7.1e9, celsius: 36.4 } },
    hello: { ok: true, value: { hello, ms: 41, notes: [] } },
    searched: ["/data/local/tmp/tandem/lib", "/vendor/lib64"],
    seconds: 1.9,
    ...change,
  });
}

describe("doctorReport", () => {
  it("says that all is well", () => {
    const { verdict, todo, checks } = report([cpu, gpu, npu]);
    assert.equal(verdict, "The GPU and the NPU are ready.");
    assert.equal(todo, null);
    assert.ok(checks.every(({ state }) => state === "ok"));
  });

  it("says why the NPU is not used, what to do, and keeps the raw message apart", () => {
    const { verdict, todo, checks } = report([cpu, gpu, noNpu]);
    assert.equal(verdict, "The NPU is not used: the NPU's library libQnnHtp.so could not be loaded. The GPU is ready.");
    assert.equal(todo, "Copy the QNN files for this chip beside the agent.");
    const check = checks.find(({ group }) => group === "NPU");
    assert.equal(check?.state, "warning");
    assert.equal(check.code, "dlopen failed: library not found · searched /data/local/tmp/tandem/lib, /vendor/lib64");
  });

  it("marks a broken processor as an error and offers the log", () => {
    const check = report([cpu, brokenGpu, npu]).checks.find(({ group }) => group === "GPU");
    assert.deepEqual([check?.state, check?.fix], ["error", "show-agent-log"]);
  });

  it("names both where neither is used", () => {
    const { verdict, todo } = report([cpu, brokenGpu, noNpu]);
    assert.match(verdict, /^The GPU and the NPU are not used, and the CPU runs everything\./);
    assert.match(todo ?? "", /Restart the device.*Copy the QNN files/);
  });

  it("says what stands in the way before the agent", () => {
    const state = {
      kind: "unauthorised",
      sentence: 'Unlock the phone and tap Allow in "Allow USB debugging?".',
    } as const;
    const waiting = report([], {
      device: { id: "adb:2f8c1a", name: "Xiaomi 14", kind: "phone", state },
      facts: undefined,
      hello: undefined,
    });
    assert.match(waiting.verdict, /^Xiaomi 14 cannot be used: Unlock the phone/);
    assert.equal(waiting.checks[0]?.fix, "ask-again");
    const dead = report([], {
      hello: { ok: false, failure: { code: "agent-start", message: "The agent did not start: deploy it again." } },
    });
    assert.equal(dead.verdict, "Xiaomi 14 cannot be used: the agent did not start.");
    assert.equal(dead.todo, "Deploy it again.");
  });

  it("warns of heat and of little memory", () => {
    const value = { abi: "arm64-v8a", memoryBytes: 12e9, memoryAvailableBytes: 0.5e9, celsius: 44 };
    const states = report([cpu, gpu, npu], { facts: { ok: true, value } })
      .checks.filter(({ group }) => group === "Memory and speed")
      .map(({ name, state }) => [name, state]);
    assert.deepEqual(states, [
      ["Memory", "warning"],
      ["Temperature", "warning"],
    ]);
  });

  it("writes whole sentences", () => {
    for (const { sentence } of report([cpu, brokenGpu, noNpu]).checks) assertOneSentence(sentence);
  });
});

describe("split", () => {
  it("takes a failure's sentence apart", () => {
    assert.deepEqual(split("It is gone (ENOENT): look for it."), {
      what: "It is gone.",
      todo: "Look for it.",
      detail: "ENOENT",
    });
    assert.deepEqual(split("Plain."), { what: "Plain.", todo: null, detail: undefined });
    assert.equal(split(null).what, "It says no reason.");
  });
});
