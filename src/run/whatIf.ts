import type { Protocol, SolverSettings } from "../agent/protocol.gen";
import type { Disposable } from "../base/disposable";
import { type Result, failure } from "../base/result";
import type { Device } from "../device/device";
import { type SolvedPlan, solvedAt } from "../plan/prediction";
import type { PlanSource } from "../plan/source";
import type { AgentSessions } from "./sessions";

type Requests = Protocol["requests"];
type Asked = "plan/solve" | "simulate";
type Answer<M extends Asked> = Result<Requests[M]["result"]>;

const keptAnswers = 64;

/**
 * Answers "what if" from a plan's source: an agent of this computer, kept running, solves again with other settings.
 * Sessions of its own, so that it never waits for a run here. An agent that dies gives a failure, and the next request
 * starts another.
 */
export class WhatIf implements Disposable {
  private readonly answers = new Map<string, Answer<Asked>>();
  private readonly names = new WeakMap<PlanSource, number>();
  private turn: Promise<unknown> = Promise.resolve();
  private nextName = 1;
  private readonly ending = new AbortController();

  constructor(
    private readonly sessions: AgentSessions,
    private readonly device: Device,
  ) {}

  /** One asker: of its questions only the latest counts. Several askers take turns. */
  open(source: PlanSource): Question {
    let name = this.names.get(source);
    if (name === undefined) this.names.set(source, (name = this.nextName++));
    return new Question(source, (method, params, current, signal) => this.ask(name, method, params, current, signal));
  }

  /** Starts the agent, so that the first question does not wait for it. */
  async warmUp(signal: AbortSignal): Promise<Result<void>> {
    const prepared = await this.sessions.prepare(this.device, () => undefined, signal);
    return prepared.ok ? { ok: true, value: undefined } : prepared;
  }

  dispose(): void {
    this.ending.abort();
    this.sessions.dispose();
  }

  private async ask<M extends Asked>(
    source: number,
    method: M,
    params: Requests[M]["params"],
    current: () => boolean,
    signal: AbortSignal,
  ): Promise<Answer<M>> {
    // The source stands for the model and the costs, which are too long for a key.
    const key = JSON.stringify([source, method, { ...params, model: null, costs: null }]);
    const kept = this.answers.get(key) as Answer<M> | undefined;
    if (kept !== undefined) return kept;
    const before = this.turn;
    const mine = (async (): Promise<Answer<M>> => {
      await before;
      if (!current()) return superseded();
      const either = AbortSignal.any([signal, this.ending.signal]);
      const prepared = await this.sessions.prepare(this.device, () => undefined, either);
      if (!prepared.ok) return prepared;
      return await prepared.value.session.request(method, params, either);
    })();
    this.turn = mine.catch(() => undefined);
    const answer = await mine;
    if (answer.ok) this.keep(key, answer);
    return answer;
  }

  private keep(key: string, answer: Answer<Asked>): void {
    this.answers.set(key, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > keptAnswers && oldest !== undefined) this.answers.delete(oldest);
  }
}

type Ask = <M extends Asked>(
  method: M,
  params: Requests[M]["params"],
  current: () => boolean,
  signal: AbortSignal,
) => Promise<Answer<M>>;

/** What one view asks about one plan. A question that a later one overtakes before its turn fails with `superseded`. */
export class Question {
  private readonly latest = { "plan/solve": 0, simulate: 0 };

  constructor(
    readonly source: PlanSource,
    private readonly ask: Ask,
  ) {}

  /** @param lengths steps whose placements are wanted, see `solvedAt` */
  async solve(settings: SolverSettings, lengths: readonly number[], signal: AbortSignal): Promise<Result<SolvedPlan>> {
    const { model, costs, maxTokens } = this.source;
    const solved = await this.send("plan/solve", { model, costs, settings, maxTokens }, signal);
    return solved.ok ? { ok: true, value: solvedAt(solved.value, lengths) } : solved;
  }

  /** A whole run on a virtual clock: energy, joins, overlap. */
  simulate(
    settings: SolverSettings,
    promptTokens: number,
    maxTokens: number,
    signal: AbortSignal,
  ): Promise<Answer<"simulate">> {
    const { model, costs } = this.source;
    return this.send("simulate", { model, costs, settings, promptTokens, maxTokens }, signal);
  }

  private send<M extends Asked>(method: M, params: Requests[M]["params"], signal: AbortSignal): Promise<Answer<M>> {
    const number = ++this.latest[method];
    return this.ask(method, params, () => number === this.latest[method], signal);
  }
}

const superseded = (): Result<never> => failure("superseded", "Another question was asked before this one's turn.");

/** Why a trace cannot be asked about. */
export const noPlanSource = (): Result<never> =>
  failure(
    "no-plan-source",
    "This run does not tell what its plan was made from: run the model on a device with a GPU and an NPU, or simulate it.",
  );
