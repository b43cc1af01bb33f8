import type { ProgressListener } from "../base/progress";
import type { Device } from "../device/device";
import { doctorReport } from "../device/doctor";
import type { DoctorReport } from "../device/doctorReport";
import { librarySearch } from "../device/agentProcess";
import type { AgentSessions } from "./sessions";

/** Looks at a device from the cable to its processors. It always ends in a report: what fails is what it reports. */
export async function diagnose(
  sessions: AgentSessions,
  device: Device,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<DoctorReport> {
  const began = performance.now();
  const ready = device.state.kind === "ready";
  const facts = ready ? await device.facts(signal) : undefined;
  const asked = performance.now();
  const prepared = ready ? await sessions.prepare(device, progress, signal) : undefined;
  const ms = performance.now() - asked;
  return doctorReport({
    device,
    facts,
    hello:
      prepared?.ok === true
        ? { ok: true, value: { hello: prepared.value.hello, ms, notes: prepared.value.notes } }
        : prepared,
    searched: device.kind === "computer" ? [] : librarySearch,
    seconds: (performance.now() - began) / 1000,
  });
}
