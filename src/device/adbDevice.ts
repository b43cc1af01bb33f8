import type { ProgressListener } from "../base/progress";
import { failure, type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import { runShell } from "./adbShell";
import { type AgentChoice, type AgentPlaces, chooseAgent } from "./agentChoice";
import { startAgentOnPhone } from "./agentProcess";
import type { BlockHashes } from "./blockHashes";
import { deploy, phoneFolder } from "./deploy";
import type { AgentProcess, DeployReport, Device, DeviceFacts, DeviceState, PushReport } from "./device";
import { factsCommand, modelName, parseFacts, parseProperties } from "./facts";
import { pushModel } from "./push";
import { sentence } from "./text";

/** Longest end of the agent's log that is read, in bytes. */
const logBytes = 64 << 10;

export interface AdbDeviceContext {
  readonly adb: Adb;
  readonly places: () => AgentPlaces;
  readonly hashes: BlockHashes;
}

/** What a phone tells about itself without being asked twice. */
interface Identity {
  readonly name: string;
  readonly abi: string;
  readonly isVirtual: boolean;
}

/** A phone, or a virtual phone, behind an adb server. */
export class AdbDevice implements Device {
  readonly id: string;
  private identity: Identity | undefined;
  private current: DeviceState;

  constructor(
    readonly serial: string,
    adbState: string,
    private readonly context: AdbDeviceContext,
  ) {
    this.id = `adb:${serial}`;
    this.current = stateOf(adbState, serial);
  }

  get kind(): "phone" | "virtual-phone" {
    return this.identity?.isVirtual === true ? "virtual-phone" : "phone";
  }

  /** The serial until the phone has told its name. */
  get name(): string {
    return this.identity?.name ?? this.serial;
  }

  get state(): DeviceState {
    return this.current;
  }

  setAdbState(adbState: string): void {
    this.current = stateOf(adbState, this.name);
  }

  /** Learns name and ABI; done once, when the phone is ready. */
  async identify(signal: AbortSignal): Promise<Result<void>> {
    const known = await this.known(signal);
    return known.ok ? success() : known;
  }

  async facts(signal: AbortSignal): Promise<Result<DeviceFacts>> {
    const answer = await runShell(this.context.adb, this.target, factsCommand, signal);
    if (!answer.ok) return answer;
    const facts = parseFacts(answer.value.stdout);
    return success({ ...facts, model: nameOf(facts.model ?? this.serial, this.identity?.isVirtual === true) });
  }

  async deployAgent(progress: ProgressListener, signal: AbortSignal): Promise<Result<DeployReport>> {
    const choice = await this.choose(signal);
    if (!choice.ok) return choice;
    return deploy(this.context.adb, this.target, choice.value, progress, signal);
  }

  async pushModel(localPath: string, progress: ProgressListener, signal: AbortSignal): Promise<Result<PushReport>> {
    const { adb, hashes } = this.context;
    return pushModel(adb, this.target, localPath, hashes, progress, signal);
  }

  async startAgent(signal: AbortSignal): Promise<Result<AgentProcess>> {
    const choice = await this.choose(signal);
    if (!choice.ok) return choice;
    return startAgentOnPhone(this.context.adb, this.target, choice.value.target, signal);
  }

  async readAgentLog(signal: AbortSignal): Promise<Result<string>> {
    const command = `tail -c ${logBytes} ${phoneFolder}/agent.log`;
    const answer = await runShell(this.context.adb, this.target, command, signal);
    if (!answer.ok) return answer;
    if (answer.value.code !== 0) return failure("no-log", sentence.noLog(this.name));
    return success(answer.value.stdout);
  }

  private get target(): AdbTarget {
    return { serial: this.serial, name: this.name };
  }

  private async choose(signal: AbortSignal): Promise<Result<AgentChoice>> {
    const known = await this.known(signal);
    if (!known.ok) return known;
    const { name, abi, isVirtual } = known.value;
    return chooseAgent({ name, abi, isAndroid: !isVirtual }, this.context.places());
  }

  private async known(signal: AbortSignal): Promise<Result<Identity>> {
    if (this.identity !== undefined) return success(this.identity);
    const answer = await runShell(this.context.adb, this.target, "getprop", signal);
    if (!answer.ok) return answer;
    const properties = parseProperties(answer.value.stdout);
    const isVirtual = properties.get("ro.tandem.virtual") === "1";
    const abi = properties.get("ro.product.cpu.abi") ?? "";
    this.identity = { name: nameOf(modelName(properties), isVirtual), abi, isVirtual };
    return success(this.identity);
  }
}

/** What a virtual phone measures is this computer's, so its name says what it is. */
function nameOf(model: string, isVirtual: boolean): string {
  return isVirtual ? `Virtual ${model}` : model;
}

/** Our state for adb's word. */
export function stateOf(adbState: string, name: string): DeviceState {
  switch (adbState) {
    case "device":
      return { kind: "ready" };
    case "unauthorized":
    case "authorizing":
      return { kind: "unauthorised", sentence: sentence.unauthorised(name) };
    case "offline":
    case "connecting":
    case "host":
      return { kind: "offline", sentence: sentence.offline(name) };
    default:
      if (adbState.startsWith("no permissions")) return { kind: "unsupported", sentence: sentence.noPermission(name) };
      return { kind: "unsupported", sentence: sentence.notRunningAndroid(name, adbState) };
  }
}
