import { thousands } from "../shared/format";
import { element, icon } from "../shared/dom";
import type { TimelineModel } from "./model";

export interface Notice {
  readonly severity: "warning" | "error";
  /** What is true; shown strong. With `rest` it is one sentence. */
  readonly lead: string;
  /** Why, what it means for the figures, what to do. */
  readonly rest: string;
}

/** The newest format that this reader knows. */
const knownFormat = 1;

/** What a reader must know before trusting the sums: losses, cuts, runs that ended early. */
export function noticesOf(model: TimelineModel): Notice[] {
  const { damage, footer, header, slices } = model.trace;
  const notices: Notice[] = [];
  const tokens = tokensSeen(model);
  const before =
    tokens === 0 ? "what came before it is" : `the ${plural(tokens, "token")} before it ${tokens === 1 ? "is" : "are"}`;
  if (damage.cutAt !== undefined && model.livePill === undefined) {
    notices.push({
      severity: "warning",
      lead: `${model.fileName} ends in the middle of a packet`,
      rest: `at byte ${thousands(damage.cutAt)}: ${before} shown; copy the file again for the rest.`,
    });
  } else if (header !== undefined && footer === undefined && model.livePill === undefined) {
    notices.push({
      severity: "warning",
      lead: "This trace has no end:",
      rest: "the run was cut off before its statistics were written, and what was recorded until then is shown.",
    });
  }
  if (damage.garbledPackets > 0) {
    notices.push({
      severity: "warning",
      lead: `${plural(damage.garbledPackets, "packet")} could not be read`,
      rest: "and are left out: sums over the places where they lay are too low; copy the file again or run again.",
    });
  }
  if (header !== undefined && damage.unmatchedEnds > 0) {
    notices.push({
      severity: "warning",
      lead: `This trace contradicts itself: ${plural(damage.unmatchedEnds, "slice")} ${damage.unmatchedEnds === 1 ? "ends" : "end"} without a beginning`,
      rest: "and are left out, so sums may be too low; record the run again.",
    });
  }
  if (footer !== undefined && footer.lost.events > 0) {
    const all = footer.lost.events + slices.count * 2;
    notices.push({
      severity: "warning",
      lead: `${thousands(footer.lost.events)} of ${thousands(all)} events were lost${lostWhere(model)}:`,
      rest: "the buffer was full, and sums in that range, which is marked, are too low.",
    });
  }
  if (footer !== undefined && endedEarly.has(footer.finish)) {
    notices.push({
      severity: footer.finish === "processor-failed" ? "error" : "warning",
      lead: footer.finish === "cancelled" ? "The run was stopped:" : "The run ended early:",
      rest: endedBy(footer),
    });
  }
  if (header !== undefined && header.format > knownFormat) {
    notices.push({
      severity: "warning",
      lead: `Written by Tandem ${header.agentVersion ?? ""}, which is newer than this one:`.replace(" ,", ","),
      rest: "unknown fields are ignored; update Tandem to see them.",
    });
  }
  return notices;
}

const endedEarly = new Set(["cancelled", "context-full", "processor-failed"]);

/** The agent's own reason, where it says more than that the run ended. */
function endedBy({ finish, finishDetail }: { readonly finish: string; readonly finishDetail?: string }): string {
  if (finish === "cancelled" || finishDetail === undefined) return "the trace up to there is complete.";
  return finishDetail.replace(/^The /, "the ");
}

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
