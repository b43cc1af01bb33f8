import type { App } from "../app";
import { showFailure } from "../notify";
import { pickRun } from "../picks";
import { text } from "../text";
import type { RowSubject } from "../trees/row";

/** Compares the two runs that are selected; with another number selected it asks. */
export async function compareRuns(app: App, subject: RowSubject, all: readonly RowSubject[]): Promise<void> {
  const files = all.flatMap(({ runPath }) => (runPath === undefined ? [] : [runPath]));
  const [first, second] = files;
  if (files.length === 2 && first !== undefined && second !== undefined) {
    compare(app, first, second);
    return;
  }
  if (files.length > 2) return showFailure({ code: "usage", message: text.compareTwo() }, app.log);
  await compareWith(app, subject);
}

/** Compares a run with another one that is asked for. */
export async function compareWith(app: App, subject: RowSubject): Promise<void> {
  let one = subject.runPath;
  if (one === undefined) {
    const picked = await pickRun(app.runs, { title: text.compareTitle(), placeHolder: text.pickFirstRun() });
    if (!picked.ok) return showFailure(picked.failure, app.log);
    one = picked.value;
  }
  const other = await pickRun(app.runs, { title: text.compareTitle(), placeHolder: text.pickOtherRun(), except: one });
  if (!other.ok) return showFailure(other.failure, app.log);
  compare(app, one, other.value);
}

/** The older one is A, what B is judged by. */
function compare(app: App, one: string, other: string): void {
  const began = (file: string): number => app.runs.views.find(({ path }) => path === file)?.startedAt ?? Infinity;
  const [a, b] = began(one) <= began(other) ? [one, other] : [other, one];
  app.comparisons.show({ a, b });
}
