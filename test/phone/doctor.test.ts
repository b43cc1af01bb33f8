import assert from "node:assert/strict";
import { virtualDrivers } from "../../src/device/virtual/drivers";
import { diagnose } from "../../src/run/diagnose";
import { AgentSessions } from "../../src/run/sessions";
import { Bench, needsAgent, patient, root, silent } from "./support";

describe("the doctor on a phone", function () {
  let bench: Bench;
  let sessions: AgentSessions;
  before(function () {
    needsAgent(this);
  });
  beforeEach(() => (sessions = new AgentSessions({ clientVersion: "test" })));
  afterEach(async () => {
    await sessions.endAll();
    sessions.dispose();
    await bench.stop();
  });

  it("says of a phone without drivers that neither GPU nor NPU is used, and where it looked", async () => {
    bench = await Bench.start();
    const report = await diagnose(sessions, await bench.connect(), silent, patient());
    assert.match(report.verdict, /^The GPU and the NPU are not used, and the CPU runs everything\./);
    const npu = report.checks.find(({ group }) => group === "NPU");
    assert.equal(npu?.state, "warning");
    assert.match(npu.code ?? "", /searched .*\/vendor\/lib64/);
  });

  it("says that both are ready where the phone has drivers", async function () {
    const drivers = virtualDrivers(root);
    if (drivers["TANDEM_QNN_LIBRARY"] === undefined) {
      process.stdout.write("      skipped: the reference NPU is not built\n");
      bench = await Bench.start();
      this.skip();
    }
    bench = await Bench.start({ drivers });
    const report = await diagnose(sessions, await bench.connect(), silent, patient());
    const gpu = report.checks.find(({ group }) => group === "GPU");
    const said =
      gpu?.state === "ok" ? /^The GPU and the NPU are ready\.$/ : /^The GPU is not used: .* The NPU is ready\.$/;
    assert.match(report.verdict, said);
  });

  it("says what a phone waits for that has not allowed this computer", async () => {
    bench = await Bench.start({ faults: { refuseAuthorisation: true } });
    const phone = await bench.connectAny();
    const report = await diagnose(sessions, phone, silent, patient());
    assert.match(report.verdict, /^127\.0\.0\.1:\d+ has not allowed this computer yet\.$/);
    assert.match(report.todo ?? "", /^Unlock/);
    assert.equal(report.checks[0]?.fix, "ask-again");
  });
});
