import path from "node:path";
import { inSentence } from "../base/words";
import { createAdb } from "../device/adb";
import type { AgentPlaces } from "../device/agentChoice";
import type { Device } from "../device/device";
import { LocalDevice } from "../device/local";
import { DeviceRegistry } from "../device/registry";
import { type CliContext, dataFolder } from "./context";
import type { ExitCode } from "./exit";
import { selectDevice } from "./selectDevice";

/** The devices there are, once adb has answered or is known not to. */
export async function openDevices(context: CliContext): Promise<DeviceRegistry> {
  const { options, installation, log } = context;
  const adb = createAdb({ server: () => "", path: () => options.adb ?? "", environment: process.env });
  const registry = new DeviceRegistry({
    adb,
    extensionPath: installation.folder,
    storagePath: storageFolder(),
    agentPath: () => options.agent,
    log,
  });
  context.owned.add(registry);
  await Promise.race([registry.ready(), aborted(context.signal)]);
  return registry;
}

/** Runs the work on the device that the user means (`absent` where none is named), and says which one that is. */
export async function withDevice(
  context: CliContext,
  work: (device: Device) => Promise<ExitCode>,
  absent?: "local",
): Promise<ExitCode> {
  const { options, installation } = context;
  if ((options.device ?? absent) === "local") {
    // adb is neither needed nor started for this computer.
    const places = (): AgentPlaces => ({ setting: options.agent ?? "", folder: installation.folder });
    return work(new LocalDevice(places, storageFolder()));
  }
  const registry = await openDevices(context);
  if (context.signal.aborted) return context.fail({ code: "cancelled", message: "Cancelled before it began." });
  const chosen = selectDevice(registry.devices, options.device, process.env["ANDROID_SERIAL"]);
  if (!chosen.ok) {
    for (const problem of registry.problems) context.note(problem.message);
    return context.fail(chosen.failure);
  }
  if (options.device === undefined) {
    for (const problem of registry.problems) context.note(problem.message);
    context.note(`On ${inSentence(chosen.value.name)} (${chosen.value.id}); --device chooses another.`);
  }
  return work(chosen.value);
}

function storageFolder(): string {
  return path.join(dataFolder(), "devices");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
