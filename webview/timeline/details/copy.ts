import { annotationsOf } from "../../../src/trace/annotations";
import { endOf, nameOf, startOf, trackOf } from "../../../src/trace/trace";
import type { TimelineModel } from "../model";
import { valueText } from "./facts";

/** The selection for the clipboard. */
export function sliceJson(model: TimelineModel, slice: number): string {
  const { trace } = model;
  return JSON.stringify(
    {
      name: nameOf(trace, slice).text,
      track: trackOf(trace, slice)?.name ?? "",
      origin: model.modeled ? "modeled" : "measured",
      startNs: startOf(trace, slice),
      durationNs: endOf(trace, slice) - startOf(trace, slice),
      ...Object.fromEntries(annotationsOf(trace, slice).map(({ name, value }) => [name, value])),
    },
    undefined,
    2,
  );
}

/** The selection as a row that a spreadsheet takes. */
export function sliceRow(model: TimelineModel, slice: number): string {
  const { trace } = model;
  const values = [
    nameOf(trace, slice).text,
    trackOf(trace, slice)?.name ?? "",
    startOf(trace, slice),
    endOf(trace, slice) - startOf(trace, slice),
    ...annotationsOf(trace, slice).map(({ value }) => valueText(value)),
  ];
  return values.map((value) => String(value).replace(/[\t\r\n]/g, " ")).join("\t");
}
