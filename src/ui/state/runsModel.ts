import path from "node:path";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter, type Event } from "../../base/event";
import type { Failure } from "../../base/result";
import type { RunStore, RunSummary } from "../../run/runStore";
import type { RunView } from "../trees/runRows";

/** The stored runs, read again whenever the store says so. */
export class RunsModel implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly owned = new DisposableStore();
  private readonly changed = this.owned.add(new Emitter<void>());
  private watching: Disposable | undefined;
  private listed: readonly RunSummary[] = [];
  private trouble: Failure | undefined;

  constructor(private current: RunStore) {
    this.onDidChange = this.changed.event;
    this.follow();
  }

  get store(): RunStore {
    return this.current;
  }

  get views(): readonly RunView[] {
    return this.listed.map(runView);
  }

  /** Why the list may be incomplete. */
  get problem(): Failure | undefined {
    return this.trouble;
  }

  /** Shows the runs of another folder from now on. */
  async use(store: RunStore): Promise<void> {
    this.current.dispose();
    this.current = store;
    this.follow();
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const runs = await this.current.list();
    this.trouble = runs.ok ? undefined : runs.failure;
    this.listed = runs.ok ? runs.value : [];
    this.changed.fire();
  }

  async delete(file: string): Promise<void> {
    const run = this.listed.find((item) => item.path === file);
    if (run !== undefined) await this.current.delete(run.id);
  }

  dispose(): void {
    this.watching?.dispose();
    this.current.dispose();
    this.owned.dispose();
  }

  private follow(): void {
    this.watching?.dispose();
    this.watching = this.current.onDidChange(() => void this.refresh());
  }
}

/** A stored run as the Runs view shows it; a trace of unknown origin is listed by its file name. */
export function runView(run: RunSummary): RunView {
  const { record } = run;
  const base = {
    path: run.path,
    startedAt: run.startedAt,
    ...(run.problem === undefined ? {} : { problem: run.problem }),
  };
  if (record === undefined) {
    return { ...base, model: path.basename(run.path, ".pftrace"), device: "", origin: "measured" };
  }
  const { stats = record.modeled } = record;
  return {
    ...base,
    model: record.model.name,
    device: record.device.name,
    origin: record.origin,
    finish: record.finish,
    ...(record.modeled?.calibrated === false ? { uncalibrated: true } : {}),
    ...(stats === undefined
      ? {}
      : { prefillRate: stats.prefillTokensPerSecond, decodeRate: stats.decodeTokensPerSecond }),
  };
}
