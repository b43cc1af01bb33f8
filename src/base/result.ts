/**
 * Expected failure as a value. `code` is stable and kebab-case (agent codes pass through unchanged);
 * `message` is one sentence that says what happened and what to do.
 */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Values the message speaks of, and raw vendor text, for details views and logs. */
  readonly context?: Readonly<Record<string, string>>;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function success<T>(value: T): Result<T>;
export function success(): Result<void>;
export function success<T>(value?: T): Result<T | undefined> {
  return { ok: true, value };
}

export function failure(code: string, message: string, context?: Readonly<Record<string, string>>): Result<never> {
  return { ok: false, failure: context === undefined ? { code, message } : { code, message, context } };
}
