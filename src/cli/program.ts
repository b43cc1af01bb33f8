import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { type Result, failure, success } from "../base/result";
import { type RunSettings, completeSettings, defaultSettings } from "../run/settings";
import { benchCommand } from "./commands/bench";
import { compareCommand } from "./commands/compare";
import { deployCommand } from "./commands/deploy";
import { devicesCommand } from "./commands/devices";
import { doctorCommand } from "./commands/doctor";
import { pushCommand } from "./commands/push";
import { runCommand } from "./commands/run";
import { traceSummaryCommand } from "./commands/traceSummary";
import { CliContext, type CommonOptions } from "./context";
import { openDevices, withDevice } from "./devices";
import type { ExitCode } from "./exit";
import type { Installation } from "./installation";
import { number, percentage, wholeNumber, wholeNumbers } from "./numbers";
import { addPlanCommands } from "./planCommands";
import { addTuneCommands } from "./tuneCommands";
import { type SolverOptions, addProcessorOption, addSolverOptions, solverChoice } from "./solverOptions";
import type { Terminal } from "./terminal";

/** One command line's work, inside a context that is closed afterwards. */
export type Work<O> = (context: CliContext, options: O, args: readonly string[]) => Promise<ExitCode>;

/** Adds a command with the common options. */
export type AddCommand = <O>(parent: Command, usage: string, description: string, work: Work<O>) => Command;

interface RunOptions extends SolverOptions {
  readonly prompt?: string;
  readonly file?: string;
  readonly system?: string;
  readonly maxTokens?: number;
  readonly context?: number;
  readonly threads?: number;
  readonly temp?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repeatPenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly plain?: boolean;
  readonly trace: boolean | string;
}

interface BenchOptions extends SolverOptions {
  readonly prefill: readonly number[];
  readonly decode: readonly number[];
  readonly repetitions: number;
  readonly warmUp: boolean;
  readonly threads: number;
}

/** The `tandem` command line. `finish` gets the exit code of the command that ran. */
export function createProgram(
  installation: Installation,
  terminal: Terminal,
  signal: AbortSignal,
  finish: (code: ExitCode) => void,
): Command {
  const program = new Command("tandem")
    .description("Run language models on a connected phone and see where every op ran.")
    .version(installation.version)
    .showHelpAfterError("Help: tandem <command> --help")
    .configureHelp({ sortSubcommands: false });

  const command: AddCommand = <O>(parent: Command, usage: string, description: string, work: Work<O>): Command => {
    const made = parent.command(usage).description(description);
    for (const option of commonOptions()) made.addOption(option);
    return made.action(async () => {
      const options = made.opts<O & CommonOptions>();
      const context = new CliContext(installation, terminal, options, signal);
      try {
        finish(await work(context, options, made.args));
      } finally {
        await context.close();
      }
    });
  };

  command(program, "devices", "List this computer and the phones that adb sees.", async (context) => {
    const devices = await openDevices(context);
    return devicesCommand(context, devices);
  });

  command(program, "deploy", "Put the agent on the device and greet it.", (context) =>
    withDevice(context, (device) => deployCommand(context, device)),
  );

  command(
    program,
    "push",
    "Put a model on the device; what is there already is not sent again.",
    (context, _, [model = ""]) => withDevice(context, (device) => pushCommand(context, device, model)),
  ).argument("<model.gguf>", "model file on this computer");

  const run = command<RunOptions>(
    program,
    "run",
    "Ask a model on the device; the answer streams to stdout.",
    async (context, options, [model = ""]) => {
      const settings = completeSettings(settingsOf(options));
      if (!settings.ok) return context.fail(settings.failure);
      const choice = await solverChoice(options);
      if (!choice.ok) return context.fail(choice.failure);
      const prompt = await readPrompt(options);
      if (!prompt.ok) return context.fail(prompt.failure);
      return withDevice(context, (device) =>
        runCommand(context, device, {
          model,
          prompt: prompt.value,
          settings: { ...settings.value, ...choice.value },
          plain: options.plain === true,
          trace: options.trace,
        }),
      );
    },
  )
    .argument("<model.gguf>", "model file on this computer; pushed if the device lacks it")
    .option("-p, --prompt <text>", "what to ask; without it the text comes from stdin")
    .option("-f, --file <file>", "file that holds what to ask")
    .option("-s, --system <text>", "system prompt")
    .option("-n, --max-tokens <n>", `most tokens to generate (${defaultSettings.maxTokens})`, wholeNumber)
    .option("-c, --context <n>", "tokens of context; 0: the model's own, at most 4096", wholeNumber)
    .option("-t, --threads <n>", "CPU threads; 0: one per big core", wholeNumber)
    .option("--temp <x>", `temperature; 0 is greedy (${defaultSettings.temperature})`, number)
    .option("--top-k <n>", `keep the k likeliest tokens; 0: all (${defaultSettings.topK})`, wholeNumber)
    .option("--top-p <x>", `keep the likeliest tokens up to this sum; 1: all (${defaultSettings.topP})`, number)
    .option("--min-p <x>", `drop tokens below this share of the likeliest (${defaultSettings.minP})`, number)
    .option(
      "--repeat-penalty <x>",
      `divide the odds of recent tokens; 1: off (${defaultSettings.repetitionPenalty})`,
      number,
    )
    .option("--seed <n>", "seed of the sampler", wholeNumber)
    .option("--stop <text...>", "end before the first of these texts")
    .option("--plain", "send the text as it is, without the model's chat template")
    .option("--trace <file>", "copy the trace to this file too")
    .option("--no-trace", "record no trace and store no run");
  addSolverOptions(addProcessorOption(run));

  const bench = command<BenchOptions>(
    program,
    "bench",
    "Measure prefill and decode rates, as llama-bench does.",
    async (context, options, [model = ""]) => {
      const choice = await solverChoice(options);
      if (!choice.ok) return context.fail(choice.failure);
      const { prefill, decode, repetitions, warmUp, threads } = options;
      const request = { model, prefill, decode, repetitions, warmUp, threads, ...choice.value };
      return withDevice(context, (device) => benchCommand(context, device, request));
    },
  )
    .argument("<model.gguf>", "model file on this computer")
    .option("-p, --prefill <n,...>", "prompt lengths; 0: none", wholeNumbers, [256])
    .option("-n, --decode <n,...>", "numbers of generated tokens; 0: none", wholeNumbers, [32])
    .option("-r, --repetitions <n>", "repetitions of each test", wholeNumber, 5)
    .option("-t, --threads <n>", "CPU threads; 0: one per big core", wholeNumber, 0)
    .option("--no-warm-up", "measure from the first run on");
  addSolverOptions(addProcessorOption(bench));

  addPlanCommands(program, command);
  addTuneCommands(program, command);

  command(program, "doctor", "Find out why the GPU or the NPU is not used, and what to do.", (context) =>
    withDevice(context, (device) => doctorCommand(context, device)),
  );

  command<{ readonly failAbove?: number }>(
    program,
    "compare",
    "What differs between two traces, and why. Exits with 1 where --fail-above is exceeded, 2 for a wrong command line.",
    (context, { failAbove }, [a = "", b = ""]) => compareCommand(context, { a, b, failAbove }),
  )
    .argument("<a.pftrace>", "the run to compare with")
    .argument("<b.pftrace>", "the run that is judged")
    .option(
      "--fail-above <percent>",
      "fail where a pass of B is slower by more than this and beyond noise: 5%",
      percentage,
    );

  const trace = program.command("trace").description("Read traces.");
  command(
    trace,
    "summary",
    "What a trace says: phases, time by kind of op, the ops that took longest.",
    (context, _, [file = ""]) => traceSummaryCommand(context, file),
  ).argument("<file.pftrace>", "trace file");

  exitOverrideEverywhere(program);
  return program;
}

function commonOptions(): Option[] {
  return [
    new Option("-d, --device <name>", 'device id, serial, or a part of its name; "local" is this computer'),
    new Option("--json", "print one JSON document and nothing else"),
    new Option("--agent <file>", "agent program to use instead of the one that came with Tandem"),
    new Option("--adb <file>", "adb program to use"),
    new Option("--runs <folder>", "folder that keeps the runs").env("TANDEM_RUNS"),
    new Option("--verbose", "show what happens inside"),
  ];
}

function settingsOf(options: RunOptions): Partial<RunSettings> {
  const given: { readonly [K in keyof RunSettings]?: RunSettings[K] | undefined } = {
    systemPrompt: options.system,
    maxTokens: options.maxTokens,
    contextLength: options.context,
    threads: options.threads,
    temperature: options.temp,
    topK: options.topK,
    topP: options.topP,
    minP: options.minP,
    repetitionPenalty: options.repeatPenalty,
    repetitionWindow: undefined,
    seed: options.seed,
    stop: options.stop,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** From -p, -f, or stdin where it is not a terminal. */
async function readPrompt(options: RunOptions): Promise<Result<string>> {
  if (options.prompt !== undefined) return success(options.prompt);
  if (options.file === undefined && process.stdin.isTTY) {
    return failure("usage", 'There is nothing to ask: give it with -p "…", or pipe it in.');
  }
  let bytes: Buffer;
  try {
    bytes = options.file === undefined ? await readAll(process.stdin) : await readFile(options.file);
  } catch (error) {
    const message = `${options.file ?? "stdin"} could not be read (${fileTrouble(error)}): check the path.`;
    return failure("file-unreadable", message, { code: systemCode(error) });
  }
  try {
    return success(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return failure("invalid-utf8", `The prompt from ${options.file ?? "stdin"} is not UTF-8 text: convert it first.`);
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Commander must throw instead of ending the process: the exit code is ours to choose. */
function exitOverrideEverywhere(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverrideEverywhere(child);
}
