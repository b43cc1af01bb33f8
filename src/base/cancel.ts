import { failure, type Result } from "./result";

/** What every call answers when its signal was aborted. */
export function cancelled(what = "Cancelled before it was done."): Result<never> {
  return failure("cancelled", what);
}

/** The promise's value, or `cancelled` as soon as the signal is aborted; the promise itself is not stopped by this. */
export async function orCancelled<T>(
  work: Promise<Result<T>>,
  signal: AbortSignal,
  onAbort?: () => void,
): Promise<Result<T>> {
  if (signal.aborted) {
    onAbort?.();
    return cancelled();
  }
  let stop: (() => void) | undefined;
  const aborted = new Promise<Result<T>>((resolve) => {
    stop = () => {
      onAbort?.();
      resolve(cancelled());
    };
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
