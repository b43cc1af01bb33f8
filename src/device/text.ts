import { formatBytes } from "../base/units";
import { inSentence } from "../base/words";

/** What people read about devices: what is true, why, what to do. */
export const sentence = {
  adbMissing: () =>
    "adb was not found, and Tandem needs it to talk to phones: install Android's platform tools or set the path to adb.",
  adbServerUnreachable: (address: string) =>
    `No adb server answers at ${address}: start it there or change the address.`,
  adbServerFailed: (address: string) =>
    `adb could not start its server at ${address}: run "adb start-server" in a terminal to see why.`,
  adbAddress: (value: string) =>
    `"${value}" is not the address of an adb server: write host:port, for example 127.0.0.1:5037.`,
  adbRefused: (name: string) =>
    `adb on ${inSentence(name)} refused what Tandem asked for: update the phone or the platform tools.`,
  connectFailed: (address: string) =>
    `No phone answers at ${address}: check that it is on and allows adb over the network.`,

  pairFailed: (address: string) =>
    `The phone at ${address} did not take the pairing code: open its pairing dialog again and write the code that it shows now.`,
  pairUnknown: () =>
    "This adb cannot pair over Wi-Fi: install platform tools of version 30 or newer, or set the path to one.",

  unauthorised: (name: string) =>
    `${name} has not allowed this computer yet: unlock it and tap Allow in "Allow USB debugging?", and this row changes by itself.`,
  notAuthorised: (name: string) =>
    `${name} has not allowed this computer yet: unlock it and tap Allow in "Allow USB debugging?".`,
  offline: (name: string) => `${name} does not answer: unplug it and plug it in again.`,
  noPermission: (name: string) =>
    `This user may not talk to ${inSentence(name)} over USB: add the udev rules for Android devices, then plug it in again.`,
  notRunningAndroid: (name: string, state: string) => `${name} is in ${state} mode: start Android on it.`,
  unplugged: (name: string) => `${name} was unplugged: plug it in again.`,

  noAgentForAbi: (name: string, abi: string) =>
    `Tandem has no agent for ${inSentence(name)}, whose ABI is ${abi}: use a phone with arm64-v8a or x86_64.`,
  agentNotBuilt: (target: string) => `The agent for ${target} is not here: build it or set the path of an agent.`,
  agentUnreadable: (path: string) => `The agent ${path} cannot be read: set the path of an agent that is there.`,
  agentNotElf: (path: string) =>
    `${path} is not a program for a phone: set the path of an agent that Tandem's build made.`,
  agentDoesNotFit: (path: string, machine: string, name: string, abi: string) =>
    `The agent ${path} is for ${machine} and does not run on ${inSentence(name)}, whose ABI is ${abi}: set the path of another or leave it empty.`,
  agentNeedsGlibc: (name: string) =>
    `The agent for this computer does not run on ${inSentence(name)}, because Android has another C library: use a phone with arm64-v8a.`,
  cpuOnly: () =>
    "This agent is CPU-only, because the static Linux build cannot load the phone's GPU and NPU libraries: build the android-arm64 agent with the NDK to use them.",
  agentTransferBroken: (name: string) => `The agent arrived on ${inSentence(name)} damaged: deploy it again.`,
  agentMissing: (name: string) => `The agent is not on ${inSentence(name)}: deploy it first.`,
  deployFailed: (name: string) =>
    `The agent could not be put in place on ${inSentence(name)}: see in the log what it answered.`,

  modelUnreadable: (path: string) => `The model ${path} cannot be read: check that the file is there.`,
  modelChanged: (path: string) => `The model ${path} changed while it was being pushed: push it again.`,
  diskFull: (what: string, name: string, needed: number, free: number) =>
    `${what} does not fit on ${inSentence(name)}: it needs ${formatBytes(needed)}, and ${formatBytes(free)} are free; delete something there.`,
  pushUnplugged: (name: string, arrived: number, size: number) =>
    `${name} was unplugged: plug it in and push again; ${partOf(arrived, size)} have arrived and are verified.`,
  pushCancelled: (name: string, arrived: number, size: number) =>
    `The push was stopped: ${partOf(arrived, size)} stay on ${inSentence(name)}, and the next push goes on from there.`,
  pushAgentEnded: (name: string, arrived: number, size: number) =>
    `The agent on ${inSentence(name)} ended during the push: push again to go on; ${partOf(arrived, size)} have arrived and are verified.`,
  pushGarbled: (name: string) => `${name} answered something that is not the agent's protocol: deploy the agent again.`,
  pushRefused: (name: string, reason: string) =>
    `The agent on ${inSentence(name)} could not store the model: ${reason}`,
  noLog: (name: string) => `There is no agent log on ${inSentence(name)} yet: start the agent first.`,
  startFailed: (name: string) => `The agent could not be started on ${inSentence(name)}: see the agent's log.`,
} as const;

/** "3.06 of 4.34 GB": both numbers in the unit of the second. */
export function partOf(part: number, whole: number): string {
  const text = formatBytes(whole);
  const unit = text.slice(text.lastIndexOf(" ") + 1);
  const scale = { GB: 1e9, MB: 1e6, kB: 1e3 }[unit] ?? 1;
  const value = part / scale;
  return `${scale === 1 ? String(part) : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} of ${text}`;
}
