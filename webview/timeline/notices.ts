import { thousands } from "../shared/format";
import { element, icon } from "../shared/dom";
import type { TimelineModel } from "./model";

export interface Notice {
  readonly severity: "warning" | "error";
  /** What is true; shown strong. */
  readonly lead: string;
  /** Why, or what it means for the figures. */
  readonly rest: string;
}

/** The newest format that this reader knows. */
const knownFormat = 1;

/** What a reader must know before trusting the sums: losses, cuts, runs that ended early. */
export function noticesOf(model: TimelineModel): Notice[] {
  const { damage, footer, header, slices } = model.trace;
  const notices: Notice[] = [];
  const tokens = tokensSeen(model);
  if (damage.cutAt !== undefined) {
    notices.push({
      severity: "warning",
      lead: `${model.fileName} ends in the middle of a packet`,
      rest: `at byte ${thousands(damage.cutAt)}. What came before it is shown${tokens === 0 ? "" : `: ${plural(tokens, "token")}`}.`,
    });
  } else if (header !== undefined && footer === undefined) {
    notices.push({
      severity: "warning",
      lead: "This trace has no end:",
      rest: "the run was cut off before its statistics were written. What was recorded until then is shown.",
    });
  }
  if (damage.garbledPackets > 0) {
    notices.push({
      severity: "warning",
      lead: `${plural(damage.garbledPackets, "packet")} could not be read`,
      rest: "and are left out. Sums over the places where they lay are too low.",
    });
  }
  if (footer !== undefined && footer.lost.events > 0) {
    const all = footer.lost.events + slices.count * 2;
    notices.push({
      severity: "warning",
      lead: `${thousands(footer.lost.events)} of ${thousands(all)} events were lost${lostWhere(model)}.`,
      rest: "The buffer was full. Sums in that range are too low; the place is marked.",
    });
  }
  if (footer !== undefined && endedEarly.has(footer.finish)) {
    notices.push({
      severity: footer.finish === "processor-failed" ? "error" : "warning",
      lead: footer.finish === "cancelled" ? "The run was stopped." : "The run ended early.",
      rest: footer.finishDetail ?? "The trace up to then is complete.",
    });
  }
  if (header !== undefined && header.format > knownFormat) {
    notices.push({
      severity: "warning",
      lead: `Written by Tandem ${header.agentVersion ?? ""}, which is newer than this one.`.replace("  ", " "),
      rest: "Unknown fields are ignored; update Tandem to see them.",
    });
  }
  return notices;
}

const endedEarly = new Set(["cancelled", "context-full", "processor-failed"]);

function lostWhere(model: TimelineModel): string {
  const lost = model.lost();
  if (lost === undefined) return "";
  const phase = model.summary().phases.find(({ start, end }) => start <= lost.from && lost.from < end);
  return phase === undefined ? "" : `, from ${phase.name} on`;
}

function tokensSeen(model: TimelineModel): number {
  return model.summary().passes.find(({ pass }) => pass === "decode")?.tokens ?? 0;
}

function plural(count: number, what: string): string {
  return `${thousands(count)} ${what}${count === 1 ? "" : "s"}`;
}

export function noticeElement({ severity, lead, rest }: Notice): HTMLElement {
  return element(
    "div",
    { className: "notice", attrs: { role: "status" } },
    icon(severity),
    element("span", {}, element("b", { className: "strong" }, lead), ` ${rest}`),
  );
}
