import { inSentence } from "../../base/words";
import type { Device } from "../../device/device";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";

/** Puts the agent on the device, greets it, and says what it found there. */
export async function deployCommand(context: CliContext, device: Device): Promise<ExitCode> {
  const deployed = await context.sessions.deploy(device, context.progress.report, context.signal);
  if (!deployed.ok) return context.fail(deployed.failure);
  const { report, prepared } = deployed.value;
  const { agent, processors } = prepared.hello;
  if (context.json) {
    context.printJson({ ok: true, device: { id: device.id, name: device.name }, report, hello: prepared.hello });
    return context.succeed();
  }
  const state = report.skipped ? "was there already" : "was put there";
  context.print(`Agent ${agent.version} (${report.target}) on ${inSentence(device.name)}: ${state}, and it answers.`);
  context.print(`  ${report.path}`);
  for (const { kind, name, state: processorState, reason } of processors) {
    context.print(
      `  ${kind.toUpperCase()}  ${processorState === "ready" ? name : `${processorState}: ${reason ?? ""}`}`,
    );
  }
  for (const note of prepared.notes) context.note(`  ${note}`);
  return context.succeed();
}
