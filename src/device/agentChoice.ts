import { access, constants } from "node:fs/promises";
import path from "node:path";
import { failure, type Result, success } from "../base/result";
import type { DeployReport } from "./device";
import { type Program, readProgram } from "./elf";
import { sentence } from "./text";

export type AgentTarget = DeployReport["target"];

/** Where agents are looked for. */
export interface AgentPlaces {
  /** Path of an agent; empty: the one for the device's ABI in `folder`. */
  readonly setting: string;
  /** The extension's own folder, or the checkout: `agents/<target>/` and `build/<preset>/bin/` are in it. */
  readonly folder: string;
}

export interface AgentChoice {
  readonly target: AgentTarget;
  /** On this computer. */
  readonly path: string;
  readonly notes: readonly string[];
}

const presets: Readonly<Record<AgentTarget, string>> = {
  "linux-x64": "host-release",
  "linux-arm64": "linux-arm64",
  "android-arm64": "android-arm64",
};

/** The agent for a device of this ABI, and what its user should know about it. */
export async function chooseAgent(
  device: { readonly name: string; readonly abi: string; readonly isAndroid: boolean },
  places: AgentPlaces,
): Promise<Result<AgentChoice>> {
  const { name, abi } = device;
  const targets = targetsFor(abi, device.isAndroid);
  if (targets.length === 0) return failure("unsupported", sentence.noAgentForAbi(name, abi === "" ? "unknown" : abi));
  const found = places.setting.trim() === "" ? await findBuilt(targets, places.folder) : places.setting.trim();
  if (found === undefined) return failure("agent-missing", sentence.agentNotBuilt(targets[0] ?? ""));
  let program: Program | undefined;
  try {
    program = await readProgram(found);
  } catch (error) {
    return failure("agent-missing", sentence.agentUnreadable(found), { reason: String(error) });
  }
  if (program === undefined) return failure("agent-unfit", sentence.agentNotElf(found));
  const target = targetOf(program);
  if (target === undefined || !targets.includes(target)) {
    return failure("agent-unfit", sentence.agentDoesNotFit(found, target ?? program.machine, name, abi));
  }
  if (device.isAndroid && program.loader !== undefined && target !== "android-arm64") {
    return failure("unsupported", sentence.agentNeedsGlibc(name));
  }
  const cpuOnly = abi === "arm64-v8a" && target === "linux-arm64";
  return success({ target, path: found, notes: cpuOnly ? [sentence.cpuOnly()] : [] });
}

/** Best first. An Android build needs Android's loader; a Linux build runs on Android when it is static. */
function targetsFor(abi: string, isAndroid: boolean): readonly AgentTarget[] {
  if (abi === "arm64-v8a") return isAndroid ? ["android-arm64", "linux-arm64"] : ["linux-arm64"];
  return abi === "x86_64" ? ["linux-x64"] : [];
}

function targetOf(program: Program): AgentTarget | undefined {
  if (program.machine === "x86_64") return "linux-x64";
  if (program.machine !== "aarch64") return undefined;
  return program.loader?.startsWith("/system/") === true ? "android-arm64" : "linux-arm64";
}

async function findBuilt(targets: readonly AgentTarget[], folder: string): Promise<string | undefined> {
  for (const target of targets) {
    const shipped = path.join(folder, "agents", target, "tandem-agent");
    const built = path.join(folder, "build", presets[target], "bin", "tandem-agent");
    for (const file of [shipped, built]) {
      const readable = access(file, constants.R_OK).then(
        () => true,
        () => false,
      );
      if (await readable) return file;
    }
  }
  return undefined;
}
