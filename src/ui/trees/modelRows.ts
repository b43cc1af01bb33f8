import { formatBytes as bytes, formatCount as parameters } from "../../base/units";
import { text } from "../text";
import type { Row } from "./row";

/** What the Models view needs to know of a model. */
export interface ModelView {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly bundled: boolean;
  /** Absent while the header is being read. */
  readonly header?: ModelHeader;
  /** Why it cannot be run, in one sentence. */
  readonly problem?: string;
  /** Names of devices that hold a verified copy. */
  readonly onDevices: readonly string[];
}

export interface ModelHeader {
  readonly family: string;
  readonly type: string;
  readonly parameters?: number;
  readonly contextLength?: number;
  readonly layers?: number;
  readonly hasTemplate?: boolean;
}

/** Rows of the Models view: one for each GGUF file. */
export function modelRows(models: readonly ModelView[]): Row[] {
  return [...models].sort(byName).map(modelRow);
}

/** The sentence above the rows; undefined where nothing needs saying. */
export function modelsMessage(models: readonly ModelView[], folders: readonly string[]): string | undefined {
  if (models.some((model) => !model.bundled)) return undefined;
  if (folders.length > 0) return text.foundModelsNowhere();
  return models.length > 0 ? text.onlyDemoModel() : undefined;
}

function byName(a: ModelView, b: ModelView): number {
  if (a.bundled !== b.bundled) return a.bundled ? 1 : -1;
  return a.name.localeCompare(b.name, "en", { numeric: true }) || a.path.localeCompare(b.path);
}

function modelRow(model: ModelView): Row {
  const runnable = model.problem === undefined;
  const description = [typeOf(model), bytes(model.sizeBytes)].filter(Boolean).join(" · ");
  return {
    id: model.path,
    label: model.name,
    description,
    tooltip: [model.path, model.bundled ? text.demoModelNote() : "", model.problem ?? ""].filter(Boolean).join("\n"),
    icon: runnable ? { name: "package" } : { name: "warning", color: "tandem.warn" },
    context: runnable ? "model.runnable" : "model.problem",
    subject: { modelPath: model.path },
    children: factRows(model),
  };
}

function factRows(model: ModelView): Row[] {
  const rows: Row[] = [];
  const add = (label: string, description?: string, more: Partial<Row> = {}): void => {
    rows.push({ id: `${model.path}/${label}`, label, ...(description === undefined ? {} : { description }), ...more });
  };
  if (model.problem !== undefined) {
    add(model.problem, undefined, { tooltip: model.problem, icon: { name: "warning", color: "tandem.warn" } });
  }
  const header = model.header;
  if (header !== undefined) {
    add("Family", header.family);
    if (typeOf(model) !== "") add("Type", header.type);
    if (header.parameters !== undefined) add("Parameters", parameters(header.parameters));
    if (header.layers !== undefined) add("Layers", String(header.layers));
    if (header.contextLength !== undefined) add("Context", text.contextTokens(header.contextLength));
    if (header.hasTemplate === false) add("Chat template", text.noTemplate(), { tooltip: text.noTemplateExplained() });
  }
  add("Size", bytes(model.sizeBytes));
  for (const device of model.onDevices) {
    add(text.onDevice(device), text.verified(), { icon: { name: "check", color: "tandem.good" } });
  }
  return rows;
}

/** Empty for a file without weights. */
function typeOf(model: ModelView): string {
  const type = model.header?.type ?? "";
  return type === "none" ? "" : type;
}
