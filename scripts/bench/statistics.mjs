export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, with the least and the greatest: enough to see how quiet the machine was. */
export function describe(values, digits = 1) {
  const text = (value) => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

/** Median of the ratios of neighbours in time: what both have in common cancels out. */
export function pairedRatio(ours, theirs) {
  return median(ours.map((value, index) => value / theirs[index]));
}
