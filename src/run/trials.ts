import type { ProcessorKind, SolverSettings } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Result, failure, success } from "../base/result";
import { inSentence } from "../base/words";
import type { Device } from "../device/device";
import { checkedModel } from "../model/checkedModel";
import type { Trial } from "../plan/tuning";
import { loadModel } from "./loadModel";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";
import { type ThermalGate, waitUntilCool } from "./thermalGate";

/** What is run again and again with different settings. */
export interface TrialSubject {
  readonly device: Device;
  /** Local GGUF file. */
  readonly model: string;
  readonly threads: number;
  /** The primary first; absent: what the agent would choose. */
  readonly processors?: readonly ProcessorKind[] | undefined;
  /** Prompt tokens; 0: prefill is not measured. */
  readonly prefill: number;
  /** Generated tokens; 0: decode is not measured. */
  readonly decode: number;
  /** Absent: runs do not wait for the device to cool. */
  readonly gate?: ThermalGate | undefined;
}

/**
 * One model on one device, planned anew between runs: nothing is loaded again, so runs of two settings can take turns.
 * `close` puts the first settings back.
 */
export class Trials {
  private current: string;

  private constructor(
    private readonly subject: TrialSubject,
    private readonly first: SolverSettings,
    readonly prepared: PreparedDevice,
    readonly model: LoadedModel,
  ) {
    this.current = JSON.stringify(first);
  }

  /** Errors: those of deploying, pushing and loading; `one-processor` where there is no plan to change. */
  static async open(
    { sessions }: { readonly sessions: AgentSessions },
    subject: TrialSubject,
    first: SolverSettings,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Result<Trials>> {
    const { device, threads, processors, prefill, decode } = subject;
    if (prefill <= 0 && decode <= 0) {
      return failure("invalid-setting", "There is nothing to measure: give a prompt length or a number of tokens.");
    }
    const checked = await checkedModel(subject.model);
    if (!checked.ok) return checked;
    const prepared = await sessions.prepare(device, progress, signal);
    if (!prepared.ok) return prepared;
    const contextLength = Math.max(prefill, decode + 1);
    const settings = { threads, contextLength, processors, solver: first };
    const model = await loadModel(prepared.value, subject.model, settings, progress, signal);
    if (!model.ok) return model;
    if (model.value.load.plan === null) {
      return failure(
        "one-processor",
        `Only one processor of ${inSentence(device.name)} runs this model, so there is no plan that settings could change: choose two processors.`,
      );
    }
    return success(new Trials(subject, first, prepared.value, model.value));
  }

  /** Errors: the agent's for settings that are wrong, `too-warm`, `cancelled`. */
  async run(settings: SolverSettings, progress: ProgressListener, signal: AbortSignal): Promise<Result<Trial>> {
    const planned = await this.plan(settings, signal);
    if (!planned.ok) return planned;
    const { device, gate, prefill, decode } = this.subject;
    const cool = gate === undefined ? success(undefined) : await waitUntilCool(device, gate, progress, signal);
    if (!cool.ok) return cool;
    const bench = await this.prepared.session.request(
      "bench",
      {
        modelId: this.model.load.modelId,
        prefill: prefill > 0 ? [prefill] : [],
        decode: decode > 0 ? [decode] : [],
        repetitions: 1,
        warmUp: true,
      },
      signal,
    );
    if (!bench.ok) return bench;
    const rate = (test: string): number | undefined =>
      bench.value.rows.find((row) => row.test.startsWith(test))?.samples[0];
    const [prefilled, decoded] = [rate("pp"), rate("tg")];
    return success({
      ...(prefilled === undefined ? {} : { prefill: prefilled }),
      ...(decoded === undefined ? {} : { decode: decoded }),
      ...(cool.value === undefined ? {} : { celsius: cool.value }),
    });
  }

  /** Leaves the model as it was loaded, so that a later run finds the plan that it asked for. */
  async close(): Promise<void> {
    const restored = await this.plan(this.first, AbortSignal.timeout(60_000));
    if (restored.ok || !this.prepared.session.alive) return;
    this.prepared.loaded = undefined;
    await this.prepared.session.request(
      "model/unload",
      { modelId: this.model.load.modelId },
      AbortSignal.timeout(10_000),
    );
  }

  private async plan(settings: SolverSettings, signal: AbortSignal): Promise<Result<void>> {
    const text = JSON.stringify(settings);
    if (text === this.current) return success();
    const { modelId } = this.model.load;
    const planned = await this.prepared.session.request("model/replan", { modelId, settings }, signal);
    if (!planned.ok) return planned;
    this.current = text;
    return success();
  }
}
