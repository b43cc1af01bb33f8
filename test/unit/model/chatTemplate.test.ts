import assert from "node:assert/strict";
import { type ChatMessage, renderPrompt } from "../../../src/model/chatTemplate";

const chatml = `{% for m in messages %}<|im_start|>{{ m['role'] }}
{{ m['content'] }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;
const llama2 = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% elif m.role == 'assistant' %} {{ m.content }} {{ eos_token }}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}`;

const ask: ChatMessage = { role: "user", content: "What is 1 < 2 & 3?" };
const source = (chatTemplate: string | null) => ({ chatTemplate, bosText: "<s>", eosText: "</s>" });

describe("renderPrompt", () => {
  it("ends with the assistant's turn", () => {
    const prompt = renderPrompt([{ role: "system", content: "Be brief." }, ask], source(chatml));
    const expected =
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is 1 < 2 & 3?<|im_end|>\n<|im_start|>assistant\n";
    assert.deepEqual(prompt, { ok: true, value: { text: expected, note: undefined } });
  });

  it("gives the template the special tokens' text", () => {
    const prompt = renderPrompt([ask, { role: "assistant", content: "Yes" }, ask], source(llama2));
    assert.ok(prompt.ok);
    assert.match(prompt.value.text, /^<s>\[INST\] .* \[\/INST\] Yes <\/s>\[INST\]/);
  });

  it("sends plain text where there is no template, and says so", () => {
    const prompt = renderPrompt([{ role: "system", content: "A" }, ask], source(null));
    assert.ok(prompt.ok);
    assert.equal(prompt.value.text, "A\nWhat is 1 < 2 & 3?");
    assert.match(prompt.value.note ?? "", /no chat template/);
  });

  for (const [name, template, messages] of [
    ["refuses a role", llama2, [{ role: "system", content: "x" }]],
    ["is not Jinja", "{% for %}", [ask]],
    ["calls what is not there", "{{ nothing() }}", [ask]],
  ] as [string, string, ChatMessage[]][]) {
    it(`fails in a sentence when the template ${name}`, () => {
      const prompt = renderPrompt(messages, source(template));
      assert.ok(!prompt.ok);
      assert.equal(prompt.failure.code, "template-failed");
      assert.ok(!prompt.failure.message.includes("\n"));
    });
  }
});
