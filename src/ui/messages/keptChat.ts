import type { RunNumbers, RunPage, RunPanelState, Turn } from "./run";

/** What the page leaves with VS Code, and gets back with its panel when the window was reloaded. */
export interface KeptChat {
  readonly format: typeof format;
  readonly modelPath: string | null;
  readonly tracePath: string | null;
  readonly turns: readonly Turn[];
  readonly numbers: RunNumbers | null;
  readonly rates: readonly number[];
  readonly limit: number;
  readonly notes: readonly string[];
}

/** Counts up when the shape changes, so that another version's chat is left alone. */
const format = 1;

export function keptChat(state: RunPanelState): KeptChat {
  const { model, tracePath, turns, numbers, rates, limit, notes } = state;
  return { format, modelPath: model?.path ?? null, tracePath, turns, numbers, rates, limit, notes };
}

/** The state once this much more of its last answer came. */
export function grown(state: RunPanelState, came: RunPage["events"]["tokens"]): RunPanelState {
  const last = state.turns.at(-1);
  if (last?.role !== "assistant") return state;
  const answer = { ...last, text: last.text + came.text, tokens: came.tokens };
  const turns = [...state.turns.slice(0, -1), answer];
  return { ...state, turns, rates: [...state.rates, ...came.rates], numbers: came.numbers };
}

/** Undefined where this is no chat that was kept, or one of another version. */
export function readKeptChat(value: unknown): KeptChat | undefined {
  return isKeptChat(value) ? value : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function isKeptChat(value: unknown): value is KeptChat {
  if (!isRecord(value) || value["format"] !== format) return false;
  const { modelPath, tracePath, turns, numbers, rates, limit, notes } = value;
  return (
    [modelPath, tracePath].every(isText) &&
    isListOf(turns, isTurn) &&
    (numbers === null || isNumbers(numbers)) &&
    isListOf(rates, isNumber) &&
    isNumber(limit) &&
    isListOf(notes, (note) => typeof note === "string")
  );
}

const ends: readonly unknown[] = [null, "finished", "stopped", "at-limit", "failed"];

function isTurn(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { role, text, tokens, end, detail } = value;
  const isRole = role === "user" || role === "assistant";
  return isRole && typeof text === "string" && isFigure(tokens) && ends.includes(end) && isText(detail);
}

const figures = [
  ...["firstTokenMs", "promptTokens", "cachedTokens", "prefillRate", "decodeRate"],
  ...["memoryBytes", "memoryAvailableBytes", "celsius"],
];

function isNumbers(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { decodeTokens, live, ranOn, ranOnDetail } = value;
  const known = figures.every((name) => isFigure(value[name]));
  return known && isNumber(decodeTokens) && typeof live === "boolean" && isText(ranOn) && isText(ranOnDetail);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isFigure(value: unknown): boolean {
  return value === null || isNumber(value);
}

function isText(value: unknown): boolean {
  return value === null || typeof value === "string";
}
