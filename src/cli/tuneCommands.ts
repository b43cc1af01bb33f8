import type { Command } from "commander";
import { type SweepAxis, parseAxis } from "../plan/sweepAxes";
import { defaultGate } from "../run/thermalGate";
import type { TrialSubject } from "../run/trials";
import type { Device } from "../device/device";
import { type SearchCommand, abCommand, autotuneCommand, sweepCommand } from "./commands/tune";
import { withDevice } from "./devices";
import { number, wholeNumber } from "./numbers";
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

interface RunOptions extends SolverOptions, CostOptions {
  readonly prefill: number;
  readonly decode: number;
  readonly threads: number;
  readonly gate: number;
}

interface AbOptions extends RunOptions {
  readonly a?: string;
  readonly b?: string;
  readonly repetitions: number;
}

interface SearchOptions extends RunOptions {
  readonly measure?: boolean;
  readonly axis?: readonly string[];
  readonly budget: number;
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Commands that look for better settings of the solver. */
export function addTuneCommands(program: Command, command: AddCommand): void {
  const tune = program.command("tune").description("Compare and search settings of the solver.");

  const ab = command<AbOptions>(
    tune,
    "ab",
    "Run two settings in turn on the device, and say how they differ beyond noise.",
    async (context, options, [model = ""]) => {
      const sides = [await solverChoice(side(options, options.a)), await solverChoice(side(options, options.b))];
      const [a, b] = sides;
      if (a?.ok !== true) return context.fail(a?.failure ?? usage);
      if (b?.ok !== true) return context.fail(b?.failure ?? usage);
      if (options.a === undefined && options.b === undefined) return context.fail(usage);
      const processors = options.processors ?? a.value.processors ?? b.value.processors;
      return withDevice(context, (device) =>
        abCommand(context, {
          ...subjectOf(device, model, options, processors),
          a: a.value.solver,
          b: b.value.solver,
          runs: options.repetitions,
        }),
      );
    },
  )
    .argument("<model.gguf>", "model file on this computer")
    .option("--a <tandem.json>", "the first settings; left out: the defaults")
    .option("--b <tandem.json>", "the settings that are compared with them; left out: the defaults")
    .option("-r, --repetitions <n>", "runs of each", wholeNumber, 5);
  addProcessorOption(addRunOptions(ab));

  const sweeping = command<SearchOptions>(
    tune,
    "sweep",
    "Step through one or two settings: predicted rates, and measured ones with --measure.",
    async (context, options, [model = ""]) => {
      const axes: SweepAxis[] = [];
      for (const text of options.axis ?? []) {
        const axis = parseAxis(text);
        if (!axis.ok) return context.fail(axis.failure);
        axes.push(axis.value);
      }
      return search(context, options, model, (request) => sweepCommand(context, request, axes));
    },
  )
    .argument("<model>", "GGUF file, or a shape that needs none where nothing is measured")
    .option("-x, --axis <setting=value,...>", "a setting and its values; give it once or twice", collect);
  addSearchOptions(sweeping);

  const auto = command<SearchOptions>(
    tune,
    "auto",
    "Search settings by prediction, and confirm the best on the device with --measure.",
    (context, options, [model = ""]) =>
      search(context, options, model, (request) => autotuneCommand(context, request, options.budget * 1000)),
  )
    .argument("<model>", "GGUF file, or a shape that needs none where nothing is measured")
    .option("--budget <seconds>", "all of it: search and runs", wholeNumber, 120);
  addSearchOptions(auto);
}

const usage = { code: "usage", message: "There is nothing to compare: give settings with --a or --b." };

const side = (options: AbOptions, settings: string | undefined): SolverOptions => ({
  ...options,
  ...(settings === undefined ? {} : { settings }),
});

function addRunOptions(command: Command): Command {
  return command
    .option("-p, --prefill <n>", "tokens of the prompt; 0: none", wholeNumber, 256)
    .option("-n, --decode <n>", "tokens that are generated; 0: none", wholeNumber, 32)
    .option("-t, --threads <n>", "CPU threads; 0: one per big core", wholeNumber, 0)
    .option("--gate <celsius>", "runs wait until the device is this cool", number, defaultGate.celsius);
}

function addSearchOptions(command: Command): void {
  command.option("--measure", "run on the device, too; predictions then come from its own profile");
  addSolverOptions(addCostOptions(addProcessorOption(addRunOptions(command))));
}

function subjectOf(
  device: Device,
  model: string,
  options: RunOptions,
  processors: RunOptions["processors"],
): TrialSubject {
  const { prefill, decode, threads, gate } = options;
  return { device, model, threads, processors, prefill, decode, gate: { ...defaultGate, celsius: gate } };
}

async function search(
  context: Parameters<typeof withDevice>[0],
  options: SearchOptions,
  model: string,
  work: (command: SearchCommand) => ReturnType<typeof sweepCommand>,
): ReturnType<typeof sweepCommand> {
  const [costs, choice] = [costSource(options), await solverChoice(options)];
  if (!costs.ok) return context.fail(costs.failure);
  if (!choice.ok) return context.fail(choice.failure);
  const measure = options.measure === true;
  const run = (device: Device): ReturnType<typeof sweepCommand> =>
    work({
      device,
      model,
      settings: choice.value.solver,
      costs: costs.value,
      promptTokens: Math.max(1, options.prefill),
      subject: measure ? subjectOf(device, model, options, choice.value.processors) : undefined,
    });
  return measure ? withDevice(context, run) : withDevice(context, run, "local");
}
