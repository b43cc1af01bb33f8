import type { Store } from "./state";
import { segment } from "./toolbar";

/** What the panel shows of a run: when things ran, how they were placed, what they cost at other lengths. */
export const tabNames = ["timeline", "partition", "shapes"] as const;
export type Tab = (typeof tabNames)[number];

const tabTexts: Readonly<Record<Tab, string>> = { timeline: "Timeline", partition: "Partition", shapes: "Shapes" };

/** The switch at the left of every tool row. It is made for one tab, so the pressed one never changes. */
export function tabSegment(store: Store): HTMLElement {
  const made = segment("View", tabNames, tabTexts, (tab) => store.update({ tab }));
  made.press(store.state.tab);
  made.root.classList.add("tabs");
  return made.root;
}
