/** A figure of a choice and which way is better. */
export interface Goal<T> {
  readonly of: (choice: T) => number;
  readonly better: "more" | "less";
}

/**
 * Choices that no other one beats: another beats one if it is at least as good in every goal and better in one. Equal
 * choices stay once, the first of them. In the order given.
 */
export function paretoFront<T>(choices: readonly T[], goals: readonly Goal<T>[]): T[] {
  const figures = choices.map((choice) =>
    goals.map(({ of, better }) => (better === "more" ? of(choice) : -of(choice))),
  );
  return choices.filter((_, i) => {
    const mine = figures[i] as number[];
    return !figures.some((other, j) => {
      if (i === j) return false;
      const asGood = other.every((figure, k) => figure >= (mine[k] as number));
      const beats = asGood && other.some((figure, k) => figure > (mine[k] as number));
      return beats || (asGood && j < i);
    });
  });
}
