import type { ProgressListener } from "../base/progress";
import { type Result, failure, success } from "../base/result";
import { cancelled } from "../base/cancel";
import type { Device } from "../device/device";

export interface ThermalGate {
  /** A run begins below this, in °C. */
  readonly celsius: number;
  /** Longest wait before one run. */
  readonly patienceMs: number;
}

export const defaultGate: ThermalGate = { celsius: 38, patienceMs: 5 * 60_000 };

const lookEveryMs = 2000;

/**
 * Waits until the device is cool enough for a run that can be compared. Gives its temperature in °C; undefined where it
 * tells none, and then it does not wait. Errors: `too-warm` after the gate's patience, `cancelled`.
 */
export async function waitUntilCool(
  device: Device,
  gate: ThermalGate,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<number | undefined>> {
  const began = Date.now();
  for (;;) {
    const facts = await device.facts(signal);
    if (!facts.ok && facts.failure.code === "cancelled") return cancelled();
    const now = facts.ok ? facts.value.celsius : undefined;
    if (now === undefined || now <= gate.celsius) return success(now);
    if (Date.now() - began >= gate.patienceMs) {
      return failure(
        "too-warm",
        `${device.name} is at ${now} °C and did not cool to ${gate.celsius} °C in time: let it rest, or allow more.`,
        { celsius: String(now) },
      );
    }
    progress({
      stage: `${device.name} is at ${now} °C: waiting for ${gate.celsius} °C`,
      done: 0,
      total: 0,
      unit: "steps",
    });
    await pause(lookEveryMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
