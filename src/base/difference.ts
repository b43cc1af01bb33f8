import { studentQuantile } from "./studentT";

/** How two sets of samples differ, B against A, in parts of A's mean. */
export interface Difference {
  readonly a: Spread;
  readonly b: Spread;
  /** 0.03: B is 3 % larger. */
  readonly part: number;
  /** Ends of the 95 % confidence interval of `part`; undefined with fewer than two samples of either. */
  readonly interval: readonly [number, number] | undefined;
  /** Whether the interval leaves 0 out. */
  readonly significant: boolean;
}

export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Of the samples, with n - 1. */
  readonly deviation: number;
}

/** Said beside an interval, so that nobody has to guess. */
export const intervalName = "95 % confidence, Welch's t";

/** Welch's t: the two may vary differently, as rates of a warm and a cool phone do. */
export function difference(a: readonly number[], b: readonly number[]): Difference | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const [one, other] = [spread(a), spread(b)];
  const part = one.mean === 0 ? 0 : other.mean / one.mean - 1;
  const interval = one.mean === 0 ? undefined : welch(one, other);
  const significant = interval !== undefined && (interval[0] > 0 || interval[1] < 0);
  return { a: one, b: other, part, interval, significant };
}

export function spread(samples: readonly number[]): Spread {
  const count = samples.length;
  const mean = samples.reduce((sum, x) => sum + x, 0) / Math.max(1, count);
  const squares = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { count, mean, deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)) };
}

function welch(a: Spread, b: Spread): [number, number] | undefined {
  if (a.count < 2 || b.count < 2) return undefined;
  const [va, vb] = [a.deviation ** 2 / a.count, b.deviation ** 2 / b.count];
  const distance = b.mean - a.mean;
  if (va + vb === 0) return [distance / a.mean, distance / a.mean];
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
  const reach = studentQuantile(0.975, degrees) * Math.sqrt(va + vb);
  return [(distance - reach) / a.mean, (distance + reach) / a.mean];
}
