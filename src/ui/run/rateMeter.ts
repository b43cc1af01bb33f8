/** Tokens that a live rate is the mean of. */
export const liveSpan = 16;

/** Decode rates from the times at which tokens came. */
export class RateMeter {
  private times: number[] = [];

  /** @param ms since the request. Gives the rate of this token in tok/s; undefined for the first, which ends prefill. */
  add(ms: number): number | undefined {
    const before = this.times.at(-1);
    this.times.push(ms);
    // Tokens that became text together carry one time: they share the step that follows.
    return before === undefined ? undefined : 1000 / Math.max(ms - before, 0.01);
  }

  get tokens(): number {
    return this.times.length;
  }

  get firstMs(): number | null {
    return this.times[0] ?? null;
  }

  /** tok/s over the last tokens; null where fewer than two came. */
  get liveRate(): number | null {
    const span = Math.min(liveSpan, this.times.length - 1);
    const from = this.times.at(-1 - span);
    const to = this.times.at(-1);
    if (span < 1 || from === undefined || to === undefined || to <= from) return null;
    return (span * 1000) / (to - from);
  }

  get liveTokens(): number {
    return Math.max(0, Math.min(liveSpan, this.times.length - 1));
  }
}
