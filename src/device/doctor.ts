import type { HelloResult, Processor } from "../agent/protocol.gen";
import { formatBytes, significant } from "../base/units";
import type { Failure, Result } from "../base/result";
import { inSentence } from "../base/words";
import type { Device, DeviceFacts } from "./device";
import type { CheckState, DoctorCheck, DoctorFix, DoctorReport } from "./doctorReport";

/** What a check-up found on a device. */
export interface Findings {
  readonly device: Pick<Device, "id" | "name" | "kind" | "state">;
  readonly facts: Result<DeviceFacts> | undefined;
  /** What the agent said, and how long it took from the start; undefined where it was not started. */
  readonly hello:
    Result<{ readonly hello: HelloResult; readonly ms: number; readonly notes: readonly string[] }> | undefined;
  /** Folders in which the agent looks for the drivers' libraries; empty: the system's own. */
  readonly searched: readonly string[];
  readonly seconds: number;
}

/** At this temperature of the case phones slow down. Source: design, states. */
const warmCelsius = 42;
/** A part of the memory that is too little for any model worth running. */
const littleMemory = 0.1;

/** A report from what was found; pure. */
export function doctorReport(findings: Findings): DoctorReport {
  const { device, hello, seconds } = findings;
  const checks = [...connectionChecks(findings), ...processorChecks(findings), ...speedChecks(findings)];
  const base = { device: { id: device.id, name: device.name, kind: device.kind }, checks, seconds };
  const broken = checks.find(({ group, state }) => group === "Connection" && state === "error");
  if (broken !== undefined) {
    const { sentence, todo } = broken;
    const name = capital(inSentence(device.name));
    const verdict = sentence.startsWith(device.name) ? sentence : `${name} cannot be used: ${lower(sentence)}`;
    return { ...base, verdict, todo };
  }
  const processors = hello?.ok === true ? hello.value.hello.processors : [];
  return { ...base, ...verdictOf(processors) };
}

function verdictOf(processors: readonly Processor[]): { readonly verdict: string; readonly todo: string | null } {
  const wanted = (["gpu", "npu"] as const).map((kind) => ({
    kind,
    found: processors.find((one) => one.kind === kind),
  }));
  const out = wanted.filter(({ found }) => found?.state !== "ready");
  const [first, second] = out;
  if (first === undefined) return { verdict: "The GPU and the NPU are ready.", todo: null };
  const { what, todo } = split(first.found?.reason ?? null);
  if (second !== undefined) {
    const other = split(second.found?.reason ?? null);
    return {
      verdict: `The GPU and the NPU are not used, and the CPU runs everything. GPU: ${what} NPU: ${other.what}`,
      todo: [todo, other.todo].filter((one) => one !== null).join(" ") || null,
    };
  }
  const ready = first.kind === "gpu" ? "NPU" : "GPU";
  return { verdict: `The ${first.kind.toUpperCase()} is not used: ${lower(what)} The ${ready} is ready.`, todo };
}

function connectionChecks({ device, hello }: Findings): DoctorCheck[] {
  const checks: DoctorCheck[] = [];
  const add = adder(checks, "Connection");
  if (device.kind !== "computer") {
    if (device.state.kind === "ready")
      add("Phone", "ok", `${device.name} answers adb as ${device.id.replace(/^adb:/, "")}.`);
    else {
      const { what, todo } = split(device.state.sentence);
      add("Phone", "error", what, {
        todo,
        code: device.state.kind,
        fix: device.state.kind === "unauthorised" ? "ask-again" : null,
      });
    }
  }
  if (hello === undefined) add("Agent", "info", "Not checked: the device has to be ready first.");
  else if (hello.ok) {
    const { agent } = hello.value.hello;
    add("Agent", "ok", `${agent.version} for ${agent.target} answers after ${significant(hello.value.ms)} ms.`);
    for (const note of hello.value.notes) add("Note", "info", note);
  } else add("Agent", "error", ...failed(hello.failure, "show-agent-log"));
  return checks;
}

function processorChecks({ hello, searched }: Findings): DoctorCheck[] {
  if (hello?.ok !== true) return [];
  return hello.value.hello.processors.flatMap((processor) => {
    const group = processor.kind.toUpperCase() as "CPU" | "GPU" | "NPU";
    const checks: DoctorCheck[] = [];
    const add = adder(checks, group);
    if (processor.state === "ready") {
      const role =
        processor.role === "primary" ? "runs every op" : processor.role === "co-processor" ? "runs matmuls" : "is free";
      const features = processor.features.length > 0 ? ` with ${processor.features.join(", ")}` : "";
      add(named(processor), "ok", `Ready${features}: it ${role}.`);
      return checks;
    }
    const { what, todo, detail } = split(processor.reason);
    const places = searched.length > 0 && processor.kind !== "cpu" ? `searched ${searched.join(", ")}` : undefined;
    const code = [detail, places].filter((part) => part !== undefined).join(" · ");
    const isBroken = processor.state === "broken";
    add(named(processor), isBroken ? "error" : "warning", what, {
      todo,
      code: code === "" ? null : code,
      fix: isBroken ? "show-agent-log" : null,
    });
    return checks;
  });
}

function named({ kind, name }: Processor): string {
  return name === kind.toUpperCase() ? (kind === "npu" ? "Runtime" : name) : (name.split(",")[0] ?? name);
}

function speedChecks({ facts }: Findings): DoctorCheck[] {
  const checks: DoctorCheck[] = [];
  const add = adder(checks, "Memory and speed");
  if (facts === undefined) return checks;
  if (!facts.ok) {
    add("Facts", "warning", ...failed(facts.failure, null));
    return checks;
  }
  const { memoryBytes, memoryAvailableBytes, celsius, batteryPercent } = facts.value;
  if (memoryBytes !== undefined && memoryAvailableBytes !== undefined) {
    const little = memoryAvailableBytes < littleMemory * memoryBytes;
    add(
      "Memory",
      little ? "warning" : "ok",
      `${formatBytes(memoryAvailableBytes)} of ${formatBytes(memoryBytes)} are free.`,
      {
        todo: little ? "Close other programs before you run a model." : null,
      },
    );
  }
  if (celsius !== undefined) {
    const warm = celsius >= warmCelsius;
    add(
      "Temperature",
      warm ? "warning" : "ok",
      `The device is at ${celsius.toFixed(1)} °C${warm ? " and slows down" : ""}.`,
      {
        todo: warm ? "Let it cool before you measure." : null,
      },
    );
  }
  if (batteryPercent !== undefined) add("Battery", "ok", `The battery is at ${String(Math.round(batteryPercent))} %.`);
  return checks;
}

type Extra = Partial<Pick<DoctorCheck, "code" | "todo" | "fix">>;

function adder(
  checks: DoctorCheck[],
  group: DoctorCheck["group"],
): (name: string, state: CheckState, sentence: string, extra?: Extra) => void {
  return (name, state, sentence, extra = {}) =>
    checks.push({ group, name, state, sentence, code: null, todo: null, fix: null, ...extra });
}

function failed({ code, message }: Failure, fix: DoctorFix | null): [string, Extra] {
  const { what, todo } = split(message);
  return [what, { code, todo, fix }];
}

/** "What is true (raw message): what to do." in its parts; sentences of failures have this form. */
export function split(sentence: string | null): {
  readonly what: string;
  readonly todo: string | null;
  readonly detail: string | undefined;
} {
  if (sentence === null || sentence === "") return { what: "It says no reason.", todo: null, detail: undefined };
  const at = sentence.lastIndexOf(": ");
  const [said, todo] = at < 0 ? [sentence, null] : [sentence.slice(0, at), sentence.slice(at + 2)];
  const detail = /\(([^()]*)\)/.exec(said)?.[1];
  const what = said.replace(/\s*\([^()]*\)/, "");
  return { what: what.endsWith(".") ? what : `${what}.`, todo: todo === null ? null : capital(todo), detail };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** In the middle of a sentence; names and abbreviations keep their capitals. */
function lower(text: string): string {
  return /^(?:The|This|No|It|There|A|An) /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
