import type { Device, DeviceFacts } from "../../device/device";
import { tcpAddress } from "../address";
import { text } from "../text";
import type { Row } from "./row";

/** What is known of the agent on a device in this session. */
export type AgentState =
  | { readonly kind: "unknown" }
  | { readonly kind: "deployed"; readonly target: string; readonly notes: readonly string[] }
  | {
      readonly kind: "running";
      readonly version: string;
      readonly target: string;
      readonly processors: readonly AgentProcessor[];
      readonly notes: readonly string[];
    };

export interface AgentProcessor {
  readonly kind: "cpu" | "gpu" | "npu";
  readonly name: string;
  readonly state: "ready" | "missing" | "broken";
  readonly reason: string | null;
}

export interface DeviceView {
  readonly device: Pick<Device, "id" | "name" | "kind" | "state">;
  readonly facts: DeviceFacts | undefined;
  readonly agent: AgentState;
}

export interface DevicesViewState {
  readonly devices: readonly DeviceView[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly virtualPhone: "stopped" | "starting" | "running";
}

/** Rows of the Devices view: every device, the virtual phone where it is not started, and what to do where adb is missing. */
export function deviceRows(state: DevicesViewState): Row[] {
  const rows = state.devices.map(deviceRow);
  if (state.virtualPhone !== "running") {
    rows.push({
      id: "virtual-phone",
      label: text.virtualPhone(),
      description: state.virtualPhone === "starting" ? "starting…" : text.virtualPhoneStopped(),
      tooltip: text.virtualPhoneExplained(),
      icon: { name: "device-mobile" },
      context: `virtual-phone.${state.virtualPhone}`,
    });
  }
  if (needsPhone(state)) {
    rows.push({
      id: "pair",
      label: text.pair(),
      tooltip: text.noPhone(),
      icon: { name: "link" },
      command: "tandem.pairDevice",
    });
  }
  if (state.problems.some((problem) => problem.code === "adb-missing")) {
    rows.unshift({
      id: "set-adb-path",
      label: text.setAdbPath(),
      tooltip: text.noAdb(),
      icon: { name: "gear" },
      command: "tandem.setAdbPath",
    });
  }
  return rows;
}

/** The sentence above the rows: why a phone is missing or cannot be used; undefined where nothing needs saying. */
export function devicesMessage(state: DevicesViewState): string | undefined {
  const sentences = state.problems.map((problem) => (problem.code === "adb-missing" ? text.noAdb() : problem.message));
  for (const { device } of state.devices) {
    if (device.state.kind !== "ready") sentences.push(text.phoneProblem(device.name, device.state.sentence));
  }
  if (sentences.length === 0 && needsPhone(state)) sentences.push(text.noPhone());
  return sentences.length === 0 ? undefined : sentences.join("\n");
}

/** Everything works but nothing is connected. */
function needsPhone({ devices, problems, virtualPhone }: DevicesViewState): boolean {
  const noPhone = devices.every(({ device }) => device.kind === "computer");
  return problems.length === 0 && noPhone && virtualPhone === "stopped";
}

function deviceRow(view: DeviceView): Row {
  const { device, facts } = view;
  const ready = device.state.kind === "ready";
  const description = [
    text.deviceState[device.state.kind],
    ready && facts?.celsius !== undefined ? text.celsius(facts.celsius) : undefined,
  ];
  return {
    id: device.id,
    label: device.name,
    description: description.filter((part) => part !== undefined).join(" · "),
    tooltip: tooltip(view),
    icon: deviceIcon(device),
    context: contextOf(device),
    subject: { deviceId: device.id },
    ...(ready ? { children: factRows(view) } : {}),
    ...(device.state.kind === "unauthorised" ? { children: [askAgainRow(device.id)], expanded: true } : {}),
  };
}

function askAgainRow(id: string): Row {
  return {
    id: `${id}/ask-again`,
    label: text.askPhoneAgain(),
    tooltip: text.askPhoneAgain(),
    icon: { name: "refresh" },
    subject: { deviceId: id },
    command: "tandem.askPhoneAgain",
  };
}

/** For example `device.ready.phone`, or `device.offline.phone.tcp`. */
function contextOf({ id, kind, state }: DeviceView["device"]): string {
  const parts = ["device", state.kind, kind === "virtual-phone" ? "virtual" : kind];
  return [...parts, ...(tcpAddress(id) === undefined ? [] : ["tcp"])].join(".");
}

function deviceIcon(device: DeviceView["device"]): NonNullable<Row["icon"]> {
  const name = device.kind === "computer" ? "device-desktop" : "device-mobile";
  return device.state.kind === "ready" ? { name } : { name, color: "tandem.warn" };
}

function factRows({ device, facts, agent }: DeviceView): Row[] {
  const rows: Row[] = [];
  const add = (label: string, description: string | undefined, more: Partial<Row> = {}): void => {
    if (description === undefined || description === "") return;
    rows.push({ id: `${device.id}/${label}`, label, description, tooltip: `${label}: ${description}`, ...more });
  };
  const running = agent.kind === "running" ? agent.processors : [];
  const computer = device.kind === "computer";
  add(computer ? "Name" : "Model", facts?.model);
  add(computer ? "Processor" : "SoC", facts?.soc);
  addProcessor(add, device.id, "CPU", undefined, running);
  addProcessor(add, device.id, "GPU", facts?.gpu, running);
  addProcessor(add, device.id, "NPU", facts?.npu, running);
  add("Memory", memory(facts));
  add("Storage", facts?.storageAvailableBytes === undefined ? undefined : text.free(facts.storageAvailableBytes));
  add("Battery", facts?.batteryPercent === undefined ? undefined : text.percent(facts.batteryPercent));
  add("Temperature", facts?.celsius === undefined ? undefined : text.celsius(facts.celsius));
  add("System", [facts?.osVersion, facts?.abi].filter((part) => part !== undefined && part !== "").join(" · "));
  add("Agent", agentText(agent), agentNotes(agent));
  return rows;
}

/** What the device says of a processor, and what the agent could make of it. */
function addProcessor(
  add: (label: string, description: string | undefined, more?: Partial<Row>) => void,
  deviceId: string,
  label: string,
  fact: string | undefined,
  running: readonly AgentProcessor[],
): void {
  const seen = running.find((processor) => processor.kind === label.toLowerCase());
  if (seen === undefined) {
    add(label, fact);
    return;
  }
  // An agent that does not know a processor calls it by its kind.
  const name = fact ?? (["", label].includes(seen.name) ? undefined : seen.name);
  if (seen.state === "ready") {
    add(label, [name, text.ready()].filter(Boolean).join(", "));
    return;
  }
  const isBroken = seen.state === "broken";
  const reason = seen.reason ?? "";
  add(label, [name, isBroken ? text.broken() : text.notUsed()].filter(Boolean).join(", "), {
    tooltip: reason,
    icon: isBroken ? { name: "warning", color: "tandem.warn" } : { name: "info" },
    children: [
      ...(reason === "" ? [] : [{ id: `${deviceId}/${label}/reason`, label: reason, tooltip: reason }]),
      {
        id: `${deviceId}/${label}/why`,
        label: text.whyNot(),
        icon: { name: "pulse" },
        subject: { deviceId },
        command: "tandem.checkDevice",
      },
    ],
  });
}

function memory(facts: DeviceFacts | undefined): string | undefined {
  if (facts?.memoryBytes === undefined) return undefined;
  if (facts.memoryAvailableBytes === undefined) return text.total(facts.memoryBytes);
  return text.freeOf(facts.memoryAvailableBytes, facts.memoryBytes);
}

function agentText(agent: AgentState): string {
  if (agent.kind === "unknown") return text.agentUnknown();
  if (agent.kind === "deployed") return text.agentDeployed(agent.target);
  return text.agentRunning(agent.version, agent.target);
}

function agentNotes(agent: AgentState): Partial<Row> {
  if (agent.kind === "unknown" || agent.notes.length === 0) return {};
  return { tooltip: agent.notes.join("\n"), icon: { name: "info" } };
}

function tooltip({ device }: DeviceView): string {
  const state = device.state.kind === "ready" ? text.ready() : device.state.sentence;
  return `${device.name} (${device.id})\n${state}`;
}
