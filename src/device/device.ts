import type { Readable, Writable } from "node:stream";
import type { Event } from "../base/event";
import type { ProgressListener } from "../base/progress";
import type { Result } from "../base/result";

/** Where a device stands. Everything but `ready` comes with a sentence that says what to do. */
export type DeviceState =
  { readonly kind: "ready" } | { readonly kind: "unauthorised" | "offline" | "unsupported"; readonly sentence: string };

/** Facts read from the device itself; fields that it does not tell are absent. */
export interface DeviceFacts {
  readonly soc?: string;
  readonly model?: string;
  /** What is published about this SoC, not what was found to work; an agent's `hello` tells that. */
  readonly gpu?: string;
  readonly npu?: string;
  /** Present where `gpu` and `npu` come from Tandem's table of SoCs. */
  readonly chipsFrom?: "soc-table";
  readonly osVersion?: string;
  readonly abi: string;
  readonly memoryBytes?: number;
  readonly memoryAvailableBytes?: number;
  readonly storageAvailableBytes?: number;
  readonly batteryPercent?: number;
  readonly celsius?: number;
}

export type ExitReason =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "connection-lost" };

/** A running agent: frames on stdin and stdout; its stderr goes to a log file beside it on the device. */
export interface AgentProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly exited: Promise<ExitReason>;
  kill(): void;
}

export interface DeployReport {
  readonly target: "linux-x64" | "linux-arm64" | "android-arm64";
  readonly path: string;
  readonly skipped: boolean;
  /** Sentences a user should see, for example why this agent is CPU-only. */
  readonly notes: readonly string[];
}

export interface PushReport {
  /** Path of the model as the agent on this device opens it; on a phone relative to the agent's folder. */
  readonly path: string;
  readonly bytes: number;
  /** Bytes that were there already, from an earlier push or an identical file. */
  readonly reusedBytes: number;
  readonly seconds: number;
}

/** Something an agent runs on. Every call takes an AbortSignal, and a cancelled call fails with code `cancelled`. */
export interface Device {
  /** `local`, or `adb:<serial>`. Stable while the device is connected. */
  readonly id: string;
  readonly kind: "computer" | "phone" | "virtual-phone";
  readonly name: string;
  readonly state: DeviceState;
  facts(signal: AbortSignal): Promise<Result<DeviceFacts>>;
  /** Puts the agent on the device if a different one, or none, is there. */
  deployAgent(progress: ProgressListener, signal: AbortSignal): Promise<Result<DeployReport>>;
  /** Puts a model on the device: skipped when identical, resumed when partial. On this computer: nothing to do. */
  pushModel(localPath: string, progress: ProgressListener, signal: AbortSignal): Promise<Result<PushReport>>;
  startAgent(signal: AbortSignal): Promise<Result<AgentProcess>>;
  /** The end of the agent's log file. */
  readAgentLog(signal: AbortSignal): Promise<Result<string>>;
}

/** The devices there are, changing as phones come and go. */
export interface DeviceSource {
  readonly devices: readonly Device[];
  /** Why a part of the list may be missing, e.g. adb was not found. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly onDidChange: Event<void>;
}
