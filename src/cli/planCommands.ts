import { type Command, Option } from "commander";
import type { Engine } from "../agent/protocol.gen";
import { planCommand } from "./commands/plan";
import { profileCommand } from "./commands/profile";
import { simulateCommand } from "./commands/simulate";
import { verifyCommand } from "./commands/verify";
import { withDevice } from "./devices";
import { wholeNumber, wholeNumbers } from "./numbers";
import type { AddCommand } from "./program";
import {
  type CostOptions,
  type SolverOptions,
  addCostOptions,
  addProcessorOption,
  addSolverOptions,
  costSource,
  solverChoice,
} from "./solverOptions";

interface PlanOptions extends SolverOptions, CostOptions {
  readonly lengths: readonly number[];
}

interface SimulateOptions extends SolverOptions, CostOptions {
  readonly engine: Engine;
  readonly prefill: number;
  readonly decode: number;
  readonly trace: boolean;
}

interface ProfileOptions extends SolverOptions {
  readonly threads: number;
  readonly budget: number;
}

interface VerifyOptions {
  readonly threads: number;
  readonly processors?: readonly ("gpu" | "npu")[];
}

const modelWords = "GGUF file, or a shape that needs none: llama-3-8b, qwen2.5-1.5b:Q8_0, ...";

/** Commands that solve, simulate, measure costs and compare processors. Solving and simulating happen on this computer unless told else. */
export function addPlanCommands(program: Command, command: AddCommand): void {
  const plan = command<PlanOptions>(
    program,
    "plan",
    "Solve where every matmul would run, and why; nothing is run.",
    async (context, options, [model = ""]) => {
      const [costs, choice] = [costSource(options), await solverChoice(options)];
      if (!costs.ok) return context.fail(costs.failure);
      if (!choice.ok) return context.fail(choice.failure);
      const request = { model, costs: costs.value, settings: choice.value.solver, lengths: options.lengths };
      return withDevice(context, (device) => planCommand(context, device, request), "local");
    },
  )
    .argument("<model>", modelWords)
    .option("-l, --lengths <n,...>", "tokens of the steps that are shown", wholeNumbers, [1, 256]);
  addSolverOptions(addCostOptions(plan));

  const simulate = command<SimulateOptions>(
    program,
    "simulate",
    "Run a model on a modeled phone: prefill, decode, overlap, sync, trace.",
    async (context, options, [model = ""]) => {
      const [costs, choice] = [costSource(options), await solverChoice(options)];
      if (!costs.ok) return context.fail(costs.failure);
      if (!choice.ok) return context.fail(choice.failure);
      const { engine, prefill: promptTokens, decode: maxTokens, trace } = options;
      const request = {
        model,
        costs: costs.value,
        settings: choice.value.solver,
        engine,
        promptTokens,
        maxTokens,
        trace,
      };
      return withDevice(context, (device) => simulateCommand(context, device, request), "local");
    },
  )
    .argument("<model>", modelWords)
    .option("-p, --prefill <n>", "tokens of the prompt", wholeNumber, 256)
    .option("-n, --decode <n>", "tokens that are generated", wholeNumber, 32)
    .addOption(
      new Option("--engine <kind>", "tensor-level plan, layer-level, or one processor alone")
        .choices(["tensor", "layer", "gpu", "npu"])
        .default("tensor"),
    )
    .option("--no-trace", "record no trace and store no run");
  addSolverOptions(addCostOptions(simulate));

  const profile = command<ProfileOptions>(
    program,
    "profile",
    "Measure a model's shapes on each processor of the device, for the solver.",
    async (context, options, [model = ""]) => {
      const choice = await solverChoice(options);
      if (!choice.ok) return context.fail(choice.failure);
      const { threads, budget } = options;
      const { processors } = choice.value;
      return withDevice(context, (device) =>
        profileCommand(context, device, { model, threads, processors, budgetMs: budget * 1000 }),
      );
    },
  )
    .argument("<model.gguf>", "model file on this computer; pushed if the device lacks it")
    .option("-t, --threads <n>", "CPU threads; 0: one per big core", wholeNumber, 0)
    .option("--budget <seconds>", "stop after about this time; 0: measure everything", wholeNumber, 0);
  addProcessorOption(profile);

  command<VerifyOptions>(
    program,
    "verify",
    "Compare each op on the device's GPU and NPU with its CPU; fails where one is beyond the bar.",
    (context, { threads, processors }, [model = ""]) =>
      withDevice(context, (device) => verifyCommand(context, device, { model, threads, processors })),
  )
    .argument("<model.gguf>", "model file on this computer; pushed if the device lacks it")
    .option("-t, --threads <n>", "CPU threads; 0: one per big core", wholeNumber, 0)
    .addOption(
      new Option("--processors <kind...>", "only this one; without it every one that is ready").choices(["gpu", "npu"]),
    );
}
