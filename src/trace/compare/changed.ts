import type { JsonObject } from "../metadata";
import type { Trace } from "../trace";
import type { Comparison, PassComparison } from "./compare";

/** One thing about the two runs: as both have it, or as each has it. Texts for a person. */
export interface ChangedFact {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly differs: boolean;
}

/** What was the same and what was not between two runs: settings, plan, clocks, temperature, model, answer. */
export function changedFacts(a: Trace, b: Trace, pass: PassComparison, { byName }: Comparison): ChangedFact[] {
  const facts: ChangedFact[] = [];
  const add = (name: string, inA: string | undefined, inB: string | undefined): void => {
    if (inA === undefined && inB === undefined) return;
    facts.push({ name, a: inA ?? "–", b: inB ?? "–", differs: inA !== inB });
  };
  const [x, y] = [a.header, b.header];
  add("Origin", x?.origin, y?.origin);
  add("Device", x?.deviceName, y?.deviceName);
  add("Model", modelOf(a), modelOf(b));
  for (const [name, inA, inB] of settingPairs(a, b)) add(name, inA, inB);
  const rows = byName.rows.filter((row) => row.pass === pass.pass);
  const moved = rows.filter(({ planChanges }) => planChanges.length > 0).length;
  if (rows.length > 0) {
    const same = `${String(rows.length - moved)} of ${String(rows.length)} placements alike`;
    facts.push({
      name: "Plan",
      a: same,
      b: moved === 0 ? same : `${String(moved)} placed differently`,
      differs: moved > 0,
    });
  }
  for (const name of new Set([...pass.a.conditions.clocks.keys(), ...pass.b.conditions.clocks.keys()]))
    add(name, clock(pass.a.conditions.clocks.get(name)), clock(pass.b.conditions.clocks.get(name)));
  add("Temperature", celsius(pass.a.conditions.temperature), celsius(pass.b.conditions.temperature));
  add("Agent", x?.agentVersion, y?.agentVersion);
  add("Threads", x?.threads?.toString(), y?.threads?.toString());
  const [textA, textB] = [a.footer?.text, b.footer?.text];
  if (textA !== undefined && textB !== undefined) {
    const same = textA === textB;
    facts.push({
      name: "Answer",
      a: same ? "same text" : "another text",
      b: same ? "same text" : "another text",
      differs: !same,
    });
  }
  return facts;
}

function modelOf({ header }: Trace): string | undefined {
  const { name, weightTypes = [] } = header?.model ?? {};
  return [name, weightTypes[0]].filter((part) => part !== undefined).join(" ") || undefined;
}

/** Settings of the solver that differ; those that are alike say nothing of the difference. */
function settingPairs(a: Trace, b: Trace): [string, string | undefined, string | undefined][] {
  const [inA, inB] = [solverOf(a), solverOf(b)];
  return [...new Set([...Object.keys(inA), ...Object.keys(inB)])].flatMap((key) => {
    const [one, other] = [written(inA[key]), written(inB[key])];
    return one === other ? [] : [[`solver.${key}`, one, other]];
  });
}

function solverOf({ header }: Trace): JsonObject {
  const settings = header?.json.settings;
  const solver =
    typeof settings === "object" && settings !== null && "solver" in settings ? settings.solver : undefined;
  return typeof solver === "object" && solver !== null && !Array.isArray(solver) ? (solver as JsonObject) : {};
}

function written(value: JsonObject[string]): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value))
    return value.length === 0
      ? "none"
      : value.every((item) => typeof item !== "object")
        ? value.join(", ")
        : `${String(value.length)} entries`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** From kHz, as counters have it. */
function clock(khz: number | undefined): string | undefined {
  return khz === undefined ? undefined : `${Math.round(khz / 1000).toString()} MHz`;
}

function celsius(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value.toFixed(1)} °C`;
}
