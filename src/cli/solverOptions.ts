import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { number } from "./numbers";
import type { CostSource, ProcessorKind, SolverSettings, Strategy } from "../agent/protocol.gen";
import { type Result, failure, success } from "../base/result";
import { parseTandemJson } from "../plan/tandemJson";

/** Options of every command that solves a plan. */
export interface SolverOptions {
  readonly settings?: string;
  readonly strategies?: readonly Strategy[];
  readonly sync?: "fast" | "driver";
  readonly gpuShareCap?: number;
  readonly minNpuTokens?: number;
  readonly objective?: "latency" | "energy";
  readonly processors?: readonly ProcessorKind[];
}

export interface CostOptions {
  readonly soc?: string;
  readonly socFile?: string;
  readonly profile?: string;
}

export interface SolverChoice {
  readonly solver: SolverSettings;
  readonly processors: readonly ProcessorKind[] | undefined;
}

const list = (text: string): string[] => text.split(",").map((part) => part.trim());

export function addProcessorOption(command: Command): Command {
  return command.option("--processors <list>", "processors that run it, the primary first: gpu,npu or cpu", list);
}

export function addSolverOptions(command: Command): Command {
  return command
    .option("--settings <tandem.json>", "settings of the solver from a file; the options below win over it")
    .option("--strategies <list>", "strategies that may be chosen: npu,pad,weight,activation,hybrid", list)
    .addOption(new Option("--sync <mode>", "how one processor waits for the other").choices(["fast", "driver"]))
    .addOption(new Option("--objective <what>", "what is made least").choices(["latency", "energy"]))
    .option("--gpu-share-cap <x>", "part of a step's time that the GPU may be busy, 0 to 1", number)
    .option("--min-npu-tokens <n>", "fewer tokens never go to the NPU", number);
}

export function addCostOptions(command: Command): Command {
  return command
    .option("--soc <name>", "SoC description that comes with Tandem, such as snapdragon-8-gen-3")
    .option("--soc-file <file>", "SoC description of your own")
    .option("--profile <file>", "measured profile, as `tandem profile` writes it");
}

/** What the file says, then what the command line says. */
export async function solverChoice(options: SolverOptions): Promise<Result<SolverChoice>> {
  let solver: SolverSettings = {};
  let processors: readonly ProcessorKind[] | undefined;
  if (options.settings !== undefined) {
    let text: string;
    try {
      text = await readFile(options.settings, "utf8");
    } catch (error) {
      return failure(
        "file-unreadable",
        `${options.settings} could not be read (${fileTrouble(error)}): check the path.`,
        { code: systemCode(error) },
      );
    }
    const file = parseTandemJson(text, options.settings);
    if (!file.ok) return file;
    ({ solver, processors } = file.value);
  }
  const { strategies, sync, objective, gpuShareCap, minNpuTokens } = options;
  const given: SolverSettings = {
    ...(strategies === undefined ? {} : { strategies: [...strategies] }),
    ...(sync === undefined ? {} : { sync }),
    ...(objective === undefined ? {} : { objective }),
    ...(gpuShareCap === undefined ? {} : { gpuShareCap }),
    ...(minNpuTokens === undefined ? {} : { minNpuTokens }),
  };
  return success({ solver: { ...solver, ...given }, processors: options.processors ?? processors });
}

/** The one source of costs that was given; Snapdragon 8 Gen 3, the calibrated one, where none was. */
export function costSource({ soc, socFile, profile }: CostOptions): Result<CostSource> {
  const given: CostSource[] = [];
  if (soc !== undefined) given.push({ soc });
  if (socFile !== undefined) given.push({ socFile });
  if (profile !== undefined) given.push({ profile });
  if (given.length > 1) return failure("usage", "Give only one of --soc, --soc-file and --profile.");
  return success(given[0] ?? { soc: "snapdragon-8-gen-3" });
}
