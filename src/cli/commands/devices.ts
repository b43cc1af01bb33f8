import { formatBytes } from "../../base/units";
import type { Device, DeviceFacts, DeviceSource } from "../../device/device";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { plainTable } from "../table";

interface Listed {
  readonly device: Device;
  readonly facts: DeviceFacts | undefined;
}

/** Lists what an agent can run on, with what each device says of itself. */
export async function devicesCommand(context: CliContext, source: DeviceSource): Promise<ExitCode> {
  const listed = await Promise.all(source.devices.map((device) => withFacts(context, device)));
  if (context.json) {
    context.printJson({
      ok: true,
      devices: listed.map(({ device: { id, kind, name, state }, facts }) => ({
        id,
        kind,
        name,
        state,
        facts: facts ?? null,
      })),
      problems: source.problems,
    });
    return context.succeed();
  }
  const rows = listed.map(({ device, facts }) => [
    device.id,
    device.name,
    device.state.kind,
    facts?.soc ?? "–",
    facts?.abi ?? "–",
    freeOf(facts?.memoryAvailableBytes, facts?.memoryBytes),
    facts?.storageAvailableBytes === undefined ? "–" : formatBytes(facts.storageAvailableBytes),
  ]);
  const titles = ["ID", "NAME", "STATE", "CHIP", "ABI", "MEMORY FREE", "STORAGE FREE"];
  context.print(
    plainTable(
      titles.map((title) => ({ title })),
      rows,
    ),
  );
  for (const { device } of listed) {
    if (device.state.kind !== "ready") context.note(`${device.name}: ${device.state.sentence}`);
  }
  for (const problem of source.problems) context.note(problem.message);
  return context.succeed();
}

async function withFacts(context: CliContext, device: Device): Promise<Listed> {
  if (device.state.kind !== "ready") return { device, facts: undefined };
  const facts = await device.facts(context.signal);
  if (!facts.ok) context.note(`${device.name}: ${facts.failure.message}`);
  return { device, facts: facts.ok ? facts.value : undefined };
}

function freeOf(free: number | undefined, whole: number | undefined): string {
  if (whole === undefined) return "–";
  return free === undefined ? formatBytes(whole) : `${formatBytes(free)} of ${formatBytes(whole)}`;
}
