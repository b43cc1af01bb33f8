import type { ProcessorKind, SolverSettings } from "../../agent/protocol.gen";
import { formatBytes, formatCount } from "../../base/units";
import type { Device } from "../../device/device";
import { benchmark } from "../../run/benchmark";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { ranOnWords } from "../statistics";
import { markdownTable } from "../table";

export interface BenchCommand {
  readonly model: string;
  readonly prefill: readonly number[];
  readonly decode: readonly number[];
  readonly repetitions: number;
  readonly warmUp: boolean;
  readonly threads: number;
  readonly processors?: readonly ProcessorKind[] | undefined;
  readonly solver?: SolverSettings | undefined;
}

/** Prints the table that llama-bench prints: tokens per second, mean ± standard deviation. */
export async function benchCommand(context: CliContext, device: Device, command: BenchCommand): Promise<ExitCode> {
  const outcome = await benchmark(context, { device, ...command }, context.progress.report, context.signal);
  if (!outcome.ok) return context.fail(outcome.failure);
  const { rows, model, prepared } = outcome.value;
  const { header, load } = model;
  if (context.json) {
    context.printJson({
      ok: true,
      origin: "measured",
      device: { id: device.id, name: device.name, kind: device.kind, facts: prepared.hello.device },
      agent: prepared.hello.agent,
      model: {
        name: header.name,
        type: header.type,
        family: header.family,
        bytes: header.bytes,
        parameters: header.parameters,
      },
      threads: load.threads,
      isa: load.isa,
      repetitions: command.repetitions,
      rows,
    });
    return context.succeed();
  }
  const table = markdownTable(
    [
      { title: "model" },
      { title: "size", align: "right" },
      { title: "params", align: "right" },
      { title: "device" },
      { title: "threads", align: "right" },
      { title: "test", align: "right" },
      { title: "t/s", align: "right" },
    ],
    rows.map((row) => [
      `${header.name} ${header.type}`,
      formatBytes(header.bytes),
      formatCount(header.parameters),
      device.name,
      String(load.threads),
      row.test,
      `${row.mean.toFixed(2)} ± ${row.deviation.toFixed(2)}`,
    ]),
  );
  context.print(table);
  for (const row of rows)
    context.note(`${row.test}: median ${row.median.toFixed(2)} t/s, ran on ${ranOnWords(row.ranOn)}`);
  context.note(`Measured, ${command.repetitions} repetitions, ${load.isa} kernels.`);
  for (const note of [...prepared.notes, ...load.notes]) context.note(note);
  return context.succeed();
}
