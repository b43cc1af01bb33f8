// Curves of shapes from the real agent, and what becomes of them when it dies.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalDevice } from "../../src/device/local";
import { curveTokens } from "../../src/plan/curves";
import { AgentSessions } from "../../src/run/sessions";
import { ShapeCurves } from "../../src/run/shapeCurves";
import { assertOneSentence } from "../fixtures/sentence";
import { type AgentUnderTest, agentPath, needs, never, startAgent } from "./support/agent";

const matmuls = [
  { n: 4096, k: 14336, type: "Q4_0" },
  { n: 1024, k: 4096, type: "Q4_0" },
];
const costs = { soc: "snapdragon-8-gen-3" };

describe("profile/curves of the real agent", function () {
  this.timeout(60_000);
  let agent: AgentUnderTest | undefined;

  before(async function () {
    needs(this, "agent");
    agent = await startAgent();
  });

  after(() => agent?.end());

  it("gives every shape every length, and the chosen split never slower than the primary alone", async () => {
    assert.ok(agent !== undefined);
    const tokens = curveTokens(300);
    const answer = await agent.session.request("profile/curves", { costs, matmuls, tokens }, never);
    assert.ok(answer.ok);
    const { origin, measured, curves } = answer.value;
    assert.deepEqual([origin, measured, curves.length], ["modeled", null, 2]);
    for (const curve of curves) {
      assert.equal(curve.primaryUs.length, tokens.length);
      assert.equal(curve.npuUs?.length, tokens.length);
      assert.deepEqual([...curve.primaryMeasured, ...curve.npuMeasured], []);
      curve.placements.forEach(({ chosen, lost }, index) => {
        assert.ok(chosen.totalUs <= (curve.primaryUs[index] ?? 0) + 0.01, `${tokens[index] ?? 0} tokens`);
        assert.deepEqual(lost, []);
      });
    }
    // The paper's figure: the NPU is a staircase of 32 tokens.
    const npu = curves[0]?.npuUs ?? [];
    assert.equal(npu[256], npu[287]);
    assert.ok((npu[288] ?? 0) > (npu[287] ?? 0));
  });

  it("refuses what is no shape, and answers the next request", async () => {
    assert.ok(agent !== undefined);
    const wrong = { costs, matmuls: [{ n: 64, k: 64, type: "Q9_9" }], tokens: [1] };
    const refused = await agent.session.request("profile/curves", wrong, never);
    assert.ok(!refused.ok);
    assert.equal(refused.failure.code, "invalid-argument");
    assertOneSentence(refused.failure.message);
    const good = await agent.session.request("profile/curves", { costs, matmuls, tokens: [300], candidates: true }, never);
    assert.ok(good.ok && (good.value.curves[0]?.placements[0]?.lost.length ?? 0) > 0);
  });
});

describe("curves for the timeline", function () {
  this.timeout(60_000);
  let folder: string;

  before(async function () {
    needs(this, "agent");
    folder = await mkdtemp(path.join(tmpdir(), "tandem-curves-"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("come in turn, survive an agent that dies, and end with their owner", async () => {
    const device = new LocalDevice(() => ({ folder, setting: agentPath }), folder);
    const sessions = new AgentSessions({ clientVersion: "test" });
    const curves = new ShapeCurves(sessions, device);
    const params = { costs, matmuls, tokens: [1, 256, 300] };
    const both = await Promise.all([curves.ask(params, never), curves.ask({ ...params, tokens: [64] }, never)]);
    assert.deepEqual(both.map((answer) => answer.ok && answer.value.curves[0]?.primaryUs.length), [3, 1]);
    const pid = sessions.get(device.id)?.hello.pid;
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGKILL");
    const after = [await curves.ask(params, never), await curves.ask(params, never)];
    const last = after.find((answer) => answer.ok);
    assert.ok(last?.ok === true, "a new agent answers");
    for (const answer of after) if (!answer.ok) assertOneSentence(answer.failure.message);
    const unknown = await curves.ask({ ...params, costs: { soc: "abacus" } }, never);
    assert.ok(!unknown.ok);
    assert.equal(unknown.failure.code, "not-found");
    curves.dispose();
    const late = await curves.ask(params, never);
    assert.ok(!late.ok);
  });
});
