import type { ChatMessage } from "../../model/chatTemplate";
import type { RunOutcome } from "../../run/runPrompt";
import type { RunPanelState, Turn } from "../messages/run";
import { text } from "../text";

/** The part of the panel's state that the chat itself owns. */
export type ChatView = Omit<RunPanelState, "device" | "model" | "settings" | "trusted" | "suggestions">;

export const emptyView: ChatView = {
  phase: "idle",
  progress: null,
  turns: [],
  numbers: null,
  rates: [],
  limit: 0,
  notice: null,
  notes: [],
  tracePath: null,
};

export const emptyAnswer: Turn = { role: "assistant", text: "", tokens: 0, end: null, detail: null };

export function userTurn(prompt: string): Turn {
  return { role: "user", text: prompt, tokens: null, end: null, detail: null };
}

/** What the model gets to read: a question that got no answer is left out, since templates want them in turn. */
export function conversation(turns: readonly Turn[]): ChatMessage[] {
  return turns.flatMap((turn, index) => {
    const other = turn.role === "user" ? turns[index + 1] : turn;
    const answered = other?.role === "assistant" && other.text !== "";
    return answered ? [{ role: turn.role, content: turn.text }] : [];
  });
}

/** Marks how the last answer ended. Where there is none yet, the question carries the sentence. */
export function close(
  turns: readonly Turn[],
  end: NonNullable<Turn["end"]>,
  detail: string | null,
  tokens?: number,
): Turn[] {
  const last = turns.at(-1);
  if (last === undefined) return [];
  return [...turns.slice(0, -1), { ...last, end, detail, ...(tokens === undefined ? {} : { tokens }) }];
}

/** What a reload left of a conversation: an answer that was on its way ends where it was. */
export function cutOff(turns: readonly Turn[]): Turn[] {
  const last = turns.at(-1);
  if (last === undefined || last.end !== null) return [...turns];
  return close(turns, "stopped", text.reloadedAt(last.role === "user" ? 0 : (last.tokens ?? 0)));
}

/** How a run ended, and the sentence below its answer where it did not end by itself. */
export function ending(
  outcome: Pick<RunOutcome, "finish" | "finishDetail" | "tokens">,
): [NonNullable<Turn["end"]>, string | null] {
  switch (outcome.finish) {
    case "end-token":
    case "stop-string":
      return ["finished", outcome.tokens === 0 ? text.emptyAnswer() : null];
    case "max-tokens":
      return ["at-limit", text.atLimit(outcome.tokens)];
    case "context-full":
      return ["at-limit", outcome.finishDetail ?? text.contextFull()];
    case "cancelled":
      return ["stopped", text.stoppedAt(outcome.tokens)];
    case "processor-failed":
    case "failed":
      return ["failed", outcome.finishDetail ?? text.cutShort(outcome.tokens)];
  }
}

/** Puts the number of tokens that the device counted beside the last question. */
export function withPromptTokens(turns: readonly Turn[], tokens: number | null): Turn[] {
  const at = turns.findLastIndex((turn) => turn.role === "user");
  return turns.map((turn, index) => (index === at ? { ...turn, tokens } : turn));
}
