// Edits JSON text in place: what is not changed keeps its order, its spacing and its line ends.

/** A value and where it stands: offsets into the text. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  /** Of an object. */
  readonly fields?: readonly JsonField[];
  /** Of an array. */
  readonly items?: readonly JsonNode[];
}

export interface JsonField {
  readonly key: string;
  /** Where the key's quote stands. */
  readonly start: number;
  readonly value: JsonNode;
}

export type JsonPath = readonly (string | number)[];

/** The tree of a JSON text; undefined where it is not JSON. */
export function readJson(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return readValue(text, skipSpace(text, 0));
}

/** The value at a path, or undefined where there is none. A key that stands twice counts as `JSON.parse` takes it. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    node =
      typeof step === "number" ? node?.items?.[step] : node?.fields?.findLast((field) => field.key === step)?.value;
  }
  return node;
}

/**
 * The text with another value at `path`; `undefined` takes the field away. Objects on the way are made. An index
 * equal to an array's length appends.
 * @param text has to be JSON, see `readJson`
 */
export function setJson(text: string, path: JsonPath, value: unknown): string {
  const root = readJson(text);
  if (root === undefined) throw new SyntaxError("only JSON text can be edited");
  const known = nodeAt(root, path);
  if (known !== undefined && value !== undefined) {
    if (JSON.stringify(JSON.parse(text.slice(known.start, known.end))) === JSON.stringify(value)) return text;
    return splice(text, known.start, known.end, format(value, styleOf(text), path.length));
  }
  let depth = path.length - 1;
  let parent = nodeAt(root, path.slice(0, depth));
  while (parent === undefined && depth > 0) parent = nodeAt(root, path.slice(0, --depth));
  const step = path[depth];
  if (parent === undefined || step === undefined) return text;
  if (value === undefined) return depth === path.length - 1 ? without(text, parent, step) : text;
  const inner = path
    .slice(depth + 1)
    .reduceRight<unknown>((made, next) => (typeof next === "number" ? [made] : { [next]: made }), value);
  return insert(text, parent, step, inner, depth);
}

interface Style {
  readonly indent: string;
  readonly newline: string;
}

/** As the text has it; two blanks where it does not say. */
function styleOf(text: string): Style {
  return {
    indent: /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ",
    newline: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

function insert(text: string, parent: JsonNode, step: string | number, value: unknown, depth: number): string {
  const style = styleOf(text);
  const written = (typeof step === "number" ? "" : `${JSON.stringify(step)}: `) + format(value, style, depth + 1);
  const last = parent.fields?.at(-1)?.value ?? parent.items?.at(-1);
  const lineStart = style.newline + style.indent.repeat(depth + 1);
  if (last === undefined) {
    return splice(
      text,
      parent.start + 1,
      parent.end - 1,
      lineStart + written + style.newline + style.indent.repeat(depth),
    );
  }
  const oneLine = !text.slice(parent.start, parent.end).includes("\n");
  return splice(text, last.end, last.end, (oneLine ? ", " : `,${lineStart}`) + written);
}

/** Takes a field or an item away, with the comma that set it apart. */
function without(text: string, parent: JsonNode, step: string | number): string {
  const parts = parent.fields?.map(({ start, value }) => ({ start, end: value.end })) ?? parent.items ?? [];
  const at = typeof step === "number" ? step : (parent.fields?.findLastIndex(({ key }) => key === step) ?? -1);
  const [part, before, after] = [parts[at], parts[at - 1], parts[at + 1]];
  if (part === undefined) return text;
  if (before !== undefined) return splice(text, before.end, part.end, "");
  if (after !== undefined) return splice(text, part.start, after.start, "");
  return splice(text, parent.start + 1, parent.end - 1, "");
}

/** Lists of plain values, and objects of plain values in lists, stand on one line. */
function format(value: unknown, style: Style, depth: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const list = Array.isArray(value);
  const parts: readonly string[] = list
    ? value.map((item) => (isFlat(item) ? flat(item) : format(item, style, depth + 1)))
    : Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${JSON.stringify(key)}: ${format(item, style, depth + 1)}`],
      );
  if (parts.length === 0) return list ? "[]" : "{}";
  if (list && value.every((item) => typeof item !== "object" || item === null)) return `[${parts.join(", ")}]`;
  const line = style.newline + style.indent.repeat(depth + 1);
  const end = style.newline + style.indent.repeat(depth);
  return `${list ? "[" : "{"}${line}${parts.join(`,${line}`)}${end}${list ? "]" : "}"}`;
}

function isFlat(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item !== "object" || item === null);
}

function flat(value: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{ ${parts.map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`).join(", ")} }`;
}

function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/\s/.test(text.charAt(next))) next++;
  return next;
}

/** Reads a value that is known to be sound. */
function readValue(text: string, start: number): JsonNode {
  const first = text.charAt(start);
  if (first === "{" || first === "[") return readParts(text, start, first === "{");
  if (first === '"') return { start, end: stringEnd(text, start) };
  const rest = /^[^\s,\]}]+/.exec(text.slice(start))?.[0] ?? "";
  return { start, end: start + rest.length };
}

function readParts(text: string, start: number, isObject: boolean): JsonNode {
  const fields: JsonField[] = [];
  const items: JsonNode[] = [];
  let at = skipSpace(text, start + 1);
  while (!"}]".includes(text.charAt(at))) {
    let value: JsonNode;
    if (isObject) {
      const keyEnd = stringEnd(text, at);
      value = readValue(text, skipSpace(text, skipSpace(text, keyEnd) + 1));
      fields.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start: at, value });
    } else {
      value = readValue(text, at);
      items.push(value);
    }
    at = skipSpace(text, value.end);
    if (text.charAt(at) === ",") at = skipSpace(text, at + 1);
  }
  return { start, end: at + 1, ...(isObject ? { fields } : { items }) };
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
}
