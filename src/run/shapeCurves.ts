import type { ProfileCurvesParams, ProfileCurvesResult } from "../agent/protocol.gen";
import type { Disposable } from "../base/disposable";
import type { Result } from "../base/result";
import type { Device } from "../device/device";
import type { AgentSessions } from "./sessions";

/**
 * What shapes cost over the number of tokens, from an agent of this computer that is kept running. Sessions of its own, so
 * that it never waits for a run here. An agent that dies gives a failure, and the next request starts another.
 */
export class ShapeCurves implements Disposable {
  /** Requests take turns: an agent does one thing at a time. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly ending = new AbortController();

  constructor(
    private readonly sessions: AgentSessions,
    private readonly device: Device,
  ) {}

  ask(params: ProfileCurvesParams, signal: AbortSignal): Promise<Result<ProfileCurvesResult>> {
    const either = AbortSignal.any([signal, this.ending.signal]);
    const before = this.turn;
    const mine = (async (): Promise<Result<ProfileCurvesResult>> => {
      await before;
      const prepared = await this.sessions.prepare(this.device, () => undefined, either);
      if (!prepared.ok) return prepared;
      return prepared.value.session.request("profile/curves", params, either);
    })();
    this.turn = mine;
    return mine;
  }

  dispose(): void {
    this.ending.abort();
    this.sessions.dispose();
  }
}
