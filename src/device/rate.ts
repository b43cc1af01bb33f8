/** Rate of something that grows, over the last few seconds: steadier than the last step, quicker than the whole. */
export class Rate {
  private readonly samples: { readonly atMs: number; readonly done: number }[] = [];

  constructor(private readonly windowMs = 3000) {}

  /** Units per second after this sample; undefined until two samples lie some time apart. */
  add(done: number, nowMs: number): number | undefined {
    this.samples.push({ atMs: nowMs, done });
    while (this.samples.length > 2 && (this.samples[1]?.atMs ?? nowMs) < nowMs - this.windowMs) this.samples.shift();
    const first = this.samples[0];
    if (first === undefined || nowMs - first.atMs < 50) return undefined;
    return ((done - first.done) * 1000) / (nowMs - first.atMs);
  }
}
