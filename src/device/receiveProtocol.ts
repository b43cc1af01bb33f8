// The lines that `tandem-agent receive` prints while a model arrives.

/** The first answer: what the phone has of this model. */
export interface ReceiveState {
  readonly state: "new" | "partial" | "complete";
  /** XXH64 of each block that is there, 16 hex digits. */
  readonly blocks: readonly string[];
  readonly freeBytes: number;
}

export type ReceiveEvent =
  | { readonly kind: "received"; readonly bytes: number }
  | { readonly kind: "done"; readonly bytes: number }
  | {
      readonly kind: "error";
      readonly code: string;
      readonly message: string;
      readonly context: Record<string, string>;
    };

export function parseReceiveState(line: string): ReceiveState | undefined {
  const value = parseObject(line);
  const state = value?.["state"];
  const blocks = value?.["blocks"];
  const freeBytes = value?.["freeBytes"];
  if (state !== "new" && state !== "partial" && state !== "complete") return undefined;
  if (!Array.isArray(blocks) || !isCount(freeBytes)) return undefined;
  const hashes = blocks.filter((block): block is string => typeof block === "string");
  return { state, blocks: hashes, freeBytes };
}

export function parseReceiveEvent(line: string): ReceiveEvent | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { received, done, bytes, error } = value;
  if (isCount(received)) return { kind: "received", bytes: received };
  if (done === true && isCount(bytes)) return { kind: "done", bytes };
  if (!isObject(error) || typeof error["code"] !== "string" || typeof error["message"] !== "string") return undefined;
  const context = isObject(error["context"]) ? error["context"] : {};
  const texts = Object.entries(context).map(([key, item]): [string, string] => [
    key,
    typeof item === "string" ? item : JSON.stringify(item),
  ]);
  return { kind: "error", code: error["code"], message: error["message"], context: Object.fromEntries(texts) };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
