/** The middle of some values and how far they scatter about it. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  /** Median distance from the median, x 1.4826: the standard deviation where values scatter normally. 0 for one value. */
  readonly deviation: number;
}

/** Sorts `values`. The median and MAD do not care for the odd slow repetition, as means would. */
export function spreadOf(values: Float64Array): Spread {
  if (values.length === 0) return { count: 0, median: 0, deviation: 0 };
  const median = medianOf(values);
  const distances = values.map((value) => Math.abs(value - median));
  return { count: values.length, median, deviation: 1.4826 * medianOf(distances) };
}

/** Standard error of a median: 1.2533 deviations over the root of the count. Source: asymptotic, normal scatter. */
export function medianError({ count, deviation }: Spread): number {
  return count === 0 ? 0 : (1.2533 * deviation) / Math.sqrt(count);
}

/** Sorts `values`. */
export function medianOf(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  const upper = values[middle] ?? 0;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? 0) + upper) / 2;
}
