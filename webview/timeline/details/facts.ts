import { type AnnotationValue, annotationsOf } from "../../../src/trace/annotations";
import type { Trace } from "../../../src/trace/trace";
import { type Child, element } from "../../shared/dom";

/** What a slice carries, by name. */
export type Facts = ReadonlyMap<string, AnnotationValue>;

export function factsOf(trace: Trace, slice: number): Facts {
  return new Map(annotationsOf(trace, slice).map(({ name, value }) => [name, value]));
}

export function numberOf(facts: Facts, name: string): number | undefined {
  const value = facts.get(name);
  return typeof value === "number" ? value : undefined;
}

export function textOf(facts: Facts, name: string): string | undefined {
  const value = facts.get(name);
  return typeof value === "string" ? value : undefined;
}

export function valueText(value: AnnotationValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `[M, K] × [N, K]` of a matmul: tokens, input features, output features. */
export function matmulShape(facts: Facts): { readonly m: number; readonly k: number; readonly n: number } | undefined {
  const match = /^\[(\d+), (\d+)\] × \[(\d+), \d+\]$/.exec(textOf(facts, "shape") ?? "");
  return match === null ? undefined : { m: Number(match[1]), k: Number(match[2]), n: Number(match[3]) };
}

export type Rows = readonly (readonly [string, Child])[];

export function section(title: string, ...content: readonly Child[]): HTMLElement {
  return element("section", {}, element("h2", {}, title), ...content);
}

export function list(rows: Rows): HTMLElement {
  return element("dl", {}, ...rows.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}
