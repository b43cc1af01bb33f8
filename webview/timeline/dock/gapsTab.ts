import { type GapCause, type IdleGaps, gapCauses, idleGaps, longestGaps } from "../../../src/trace/analysis/idleGaps";
import { nameOf } from "../../../src/trace/trace";
import { durationText, fixed, join, narrowSpace, nothing, percent } from "../../shared/format";
import { element } from "../../shared/dom";
import { type DockContext, about, processorNames } from "./context";
import { dockTable } from "./table";

const shown = 60;

const causeWords: Readonly<Record<GapCause, string>> = {
  join: "waited at a join",
  "other processor": "waited for the other processor",
  "nothing seen": "nothing seen: the host or the driver",
};

interface Gap {
  readonly gaps: IdleGaps;
  readonly index: number;
}

/** Where each processor stood idle, longest first, and for what it waited. */
export function gapsTab(context: DockContext): readonly HTMLElement[] {
  const { model, from, to } = context;
  const { trace } = model;
  const every = idleGaps(trace, from, to);
  // Beside a GPU or an NPU the CPU only controls and samples: it is meant to stand idle.
  const all = every.some(({ processor }) => processor !== "cpu")
    ? every.filter(({ processor }) => processor !== "cpu")
    : every;
  if (all.length === 0) return [element("p", { className: "muted" }, "No processor ran an op.")];
  const lead = all.map(({ processor, totalNs, causeNs }) => {
    const causes = gapCauses.flatMap((cause, i) =>
      (causeNs[i] ?? 0) > 0 ? [`${durationText(causeNs[i] ?? 0)} ${causeWords[cause]}`] : [],
    );
    return `${processorNames[processor] ?? ""} idle ${about(context)}${durationText(totalNs)} (${join(percent(totalNs / (to - from)))})${causes.length === 0 ? "" : `: ${causes.join(", ")}`}.`;
  });
  const rows = all
    .flatMap((gaps) => [...longestGaps(gaps, shown)].map((index): Gap => ({ gaps, index })))
    .sort((a, b) => lengthOf(b) - lengthOf(a))
    .slice(0, shown);
  const opName = (slice: number): string => (slice < 0 ? nothing : nameOf(trace, slice).text);
  return [
    element("p", { className: "dock-lead" }, lead.join(" ")),
    dockTable<Gap>({
      label: `Idle gaps in ${context.label}, longest first`,
      columns: [
        { title: "Idle", text: true, cell: ({ gaps }) => processorNames[gaps.processor] ?? gaps.processor },
        { title: "At", cell: ({ gaps, index }) => `${fixed((gaps.start[index] ?? 0) / 1e6, 3)}${narrowSpace}ms` },
        { title: "For", cell: (gap) => about(context) + durationText(lengthOf(gap)) },
        {
          title: "Why",
          text: true,
          cell: ({ gaps, index }) => causeWords[gapCauses[gaps.cause[index] ?? 2] ?? "nothing seen"],
        },
        { title: "Waited for", text: true, cell: ({ gaps, index }) => opName(gaps.waitedFor[index] ?? -1) },
        { title: "Then ran", text: true, cell: ({ gaps, index }) => opName(gaps.next[index] ?? -1) },
      ],
      rows,
      open: {
        label: () => "Show the op that ran next",
        run: ({ gaps, index }) => {
          const next = gaps.next[index] ?? -1;
          const slice = next >= 0 ? next : (gaps.waitedFor[index] ?? -1);
          if (slice >= 0) context.select(slice);
        },
      },
    }),
  ];
}

function lengthOf({ gaps, index }: Gap): number {
  return gaps.duration[index] ?? 0;
}
