import { fixed, figures as threeFigures, narrowSpace, thousands } from "../shared/format";
import { element } from "../shared/dom";
import { keyFigureElement, keyFigures } from "./keyFigures";
import type { TimelineModel } from "./model";

/** Which model on which device, whether it was measured, and the verdict. */
export function fullHeader(model: TimelineModel): HTMLElement {
  const figures = keyFigures(model).map((figure) => keyFigureElement(figure, true));
  return element(
    "header",
    { className: "full-header" },
    element(
      "div",
      { className: "title-line" },
      ...titleParts(model, true),
      element("span", { className: "grow" }),
      element("span", { className: "muted small facts" }, factsLine(model)),
    ),
    figures.length > 0 && element("div", { className: "keys" }, ...figures),
  );
}

export function titleParts(model: TimelineModel, long: boolean): HTMLElement[] {
  const header = model.trace.header;
  const name = header?.model.name ?? model.fileName;
  const type = header?.model.weightTypes[0];
  const title = type === undefined || name.includes(type) ? name : `${name} ${type}`;
  const device = [header?.deviceName, long ? header?.soc : undefined].filter((part) => part !== undefined).join(" · ");
  return [
    element("h1", { title: name }, title),
    ...(device === ""
      ? []
      : [element("span", { className: "muted" }, "on"), element("span", { className: "device" }, device)]),
    ...(model.own ? [originBadge(model.modeled, model.trace.header?.calibrated === false)] : []),
    ...(model.livePill === undefined ? [] : [model.livePill]),
  ];
}

export function originBadge(modeled: boolean, uncalibrated = false): HTMLElement {
  return modeled
    ? element(
        "span",
        {
          className: "badge is-modeled",
          title: uncalibrated
            ? "Times come from a description of the device that is scaled from published figures."
            : "Times come from a description of the device.",
        },
        uncalibrated ? "Modeled, uncalibrated" : "Modeled",
      )
    : element("span", { className: "badge", title: "Times come from the device." }, "Measured");
}

/** When, how exact the clocks are, what tracing cost: what a reader needs to trust the figures. */
function factsLine(model: TimelineModel): string {
  const { header, footer } = model.trace;
  const parts: string[] = [];
  if (header?.startedAt !== undefined) {
    const date = new Date(header.startedAt);
    if (!Number.isNaN(date.getTime())) {
      parts.push(date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
    }
  }
  const clocks = (["gpu", "npu"] as const).flatMap((processor) => {
    const error = footer?.clockErrorNs[processor];
    return error === undefined
      ? []
      : [`${processor.toUpperCase()} ±${threeFigures(error / 1e3).replace(/\.0+$/, "")}${narrowSpace}µs`];
  });
  if (clocks.length > 0) parts.push(`clock error ${clocks.join(", ")}`);
  if (footer?.overheadPercent !== undefined)
    parts.push(`tracing cost ${fixed(footer.overheadPercent, 1)}${narrowSpace}%`);
  if (header === undefined) parts.push(`${thousands(model.trace.slices.count)} slices, not a Tandem run`);
  return parts.join(" · ");
}
