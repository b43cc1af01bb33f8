import { Template } from "@huggingface/jinja";
import { type Result, failure, success } from "../base/result";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface TemplateSource {
  readonly chatTemplate: string | null;
  readonly bosText: string;
  readonly eosText: string;
}

export interface RenderedPrompt {
  readonly text: string;
  /** A sentence the user should see, where the text is not what a template made. */
  readonly note: string | undefined;
}

/** The text that the model continues with the assistant's answer. Fails with `template-failed`. */
export function renderPrompt(messages: readonly ChatMessage[], source: TemplateSource): Result<RenderedPrompt> {
  if (source.chatTemplate === null) {
    return success({
      text: messages.map((message) => message.content).join("\n"),
      note: "This model has no chat template: the text is sent as it is.",
    });
  }
  try {
    const text = new Template(source.chatTemplate).render({
      messages,
      bos_token: source.bosText,
      eos_token: source.eosText,
      add_generation_prompt: true,
    });
    return success({ text, note: undefined });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(
      "template-failed",
      `The model's chat template refused these messages (${oneLine(reason)}): send the text without a template, or use another model file.`,
      { reason },
    );
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").replace(/[.:]+$/, "");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
