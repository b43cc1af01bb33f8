import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Device } from "../../src/device/device";
import { runPrompt } from "../../src/run/runPrompt";
import { ggufFile, tinyLlama } from "../unit/model/gguf";
import { never } from "./support/agent";
import { Workplace, listenTo, withProgram } from "./support/device";
import { assertOneSentence } from "../fixtures/sentence";

const badAgent = path.resolve("test/agent/support/badAgent.mjs");

describe("a program in the agent's place", function () {
  this.timeout(60_000);
  let place: Workplace;
  let model: string;

  beforeEach(async () => {
    place = await Workplace.make(2);
    model = path.join(place.folder, "tiny.gguf");
    await writeFile(model, ggufFile(tinyLlama()));
  });
  afterEach(() => place.end());

  const run = (device: Device) => runPrompt(place.environment, place.request({ device, model }), listenTo(), never);
  const shell = (script: string): Device => withProgram(place.device, "/bin/sh", ["-c", script]);

  const early: [string, string, string, RegExp][] = [
    ["exits at once", "exit 3", "agent-crashed", /exited with code 3/],
    ["crashes at once", "kill -SEGV $$", "agent-crashed", /SIGSEGV/],
    ["is not there", "exec /nonexistent/agent", "agent-crashed", /exited with code 127/],
    ["prints something else", "echo 'CANNOT LINK EXECUTABLE'; sleep 100", "agent-garbled", /does not speak/],
    ["says nothing", "sleep 100", "agent-hung", /said nothing for 2 seconds/],
    ["says nothing and takes no input", "exec sleep 100", "agent-hung", /said nothing/],
  ];
  for (const [name, script, code, words] of early) {
    it(`that ${name} fails with ${code}`, async () => {
      const device = shell(script);
      const outcome = await run(device);
      assert.ok(!outcome.ok);
      assert.equal(outcome.failure.code, code);
      assert.match(outcome.failure.message, words);
      assert.match(outcome.failure.message, /Pixel 9/);
      assertOneSentence(outcome.failure.message);
      assert.equal(place.sessions.get(device.id), undefined);
    });
  }

  it("that crashes leaves the end of its log in the failure", async () => {
    const outcome = await run(shell("exit 3"));
    assert.equal(outcome.ok ? "" : outcome.failure.context?.["log"], "the last line of its log");
  });

  const late: [string, string, RegExp][] = [
    ["hang", "agent-hung", /^The agent on Pixel 9 stopped answering at token 2 and was ended: run again\.$/],
    ["garble", "agent-garbled", /^The agent on Pixel 9 sent something unreadable at token 2: deploy it again\.$/],
    ["exit", "agent-crashed", /^The agent on Pixel 9 exited with code 42 at token 2: run again, and read its log if that happens twice\.$/],
    ["crash", "agent-crashed", /^The agent on Pixel 9 was ended by signal SIGSEGV at token 2: run again, .*\.$/],
  ];
  for (const [misbehaviour, code, words] of late) {
    it(`that does "${misbehaviour}" in the middle of an answer leaves the half`, async () => {
      const outcome = await run(withProgram(place.device, process.execPath, [badAgent, misbehaviour]));
      assert.ok(outcome.ok, outcome.ok ? "" : outcome.failure.message);
      assert.equal(outcome.value.text, "Half an answer");
      assert.equal(outcome.value.tokens, 2);
      assert.equal(outcome.value.finish, "failed");
      assert.equal(outcome.value.failure?.code, code);
      assert.match(outcome.value.failure.message, words);
      assertOneSentence(outcome.value.failure.message);
      assert.equal(outcome.value.tracePath, undefined);
    });
  }
});
