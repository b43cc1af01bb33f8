import assert from "node:assert/strict";
import { type ChatMessage, renderPrompt } from "../../../src/model/chatTemplate";

const chatml = `{% for m in messages %}<|im_start|>{{ m['role'] }}
{{ m['content'] }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;
const llama2 = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% elif m.role == 'assistant' %} {{ m.content }} {{ eos_token }}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}`;

const gemma2 = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('There is no system role') }}{% endif %}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% if (m['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = m['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}`;
const gemma3 = `{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set before = messages[0]['content'] + '\\n\\n' -%}
    {%- else -%}
        {%- set before = messages[0]['content'][0]['text'] + '\\n\\n' -%}
    {%- endif -%}
    {%- set turns = messages[1:] -%}
{%- else -%}
    {%- set before = '' -%}
    {%- set turns = messages -%}
{%- endif -%}
{%- for m in turns -%}
    {%- set role = 'model' if m['role'] == 'assistant' else m['role'] -%}
    {{ '<start_of_turn>' + role + '\\n' + (before if loop.first else '') }}
    {%- if m['content'] is string -%}
        {{ m['content'] | trim }}
    {%- elif m['content'] is iterable -%}
        {%- for part in m['content'] -%}
            {%- if part['type'] == 'text' -%}{{ part['text'] | trim }}{%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}`;
const phi3 = `{% for m in messages %}{% if m['role'] in ['system', 'user'] %}{{ '<|' + m['role'] + '|>\\n' + m['content'] + '<|end|>\\n' }}{% elif m['role'] == 'assistant' %}{{ '<|assistant|>\\n' + m['content'] + '<|end|>\\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}`;
const internlm2 = `{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;
const mistral = `{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}`;
const gemmaText =
  "<s><start_of_turn>user\nWhat is 1 < 2 & 3?<end_of_turn>\n<start_of_turn>model\nYes<end_of_turn>\n<start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n";
const familyTemplates: readonly (readonly [string, string, string])[] = [
  ["gemma2", gemma2, gemmaText],
  ["gemma3", gemma3, gemmaText],
  [
    "phi3",
    phi3,
    "<|user|>\nWhat is 1 < 2 & 3?<|end|>\n<|assistant|>\n Yes <|end|>\n<|user|>\nWhy?<|end|>\n<|assistant|>\n",
  ],
  [
    "internlm2",
    internlm2,
    "<s><|im_start|>user\nWhat is 1 < 2 & 3?<|im_end|>\n<|im_start|>assistant\n Yes <|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n",
  ],
  ["mistral", mistral, "<s>[INST] What is 1 < 2 & 3? [/INST] Yes </s>[INST] Why? [/INST]"],
];

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

  // In the forms that the families' own files have.
  for (const [family, template, expected] of familyTemplates) {
    it(`renders the form of ${family}`, () => {
      const answer: ChatMessage = { role: "assistant", content: " Yes " };
      const prompt = renderPrompt([ask, answer, { role: "user", content: "Why?" }], source(template));
      assert.deepEqual(prompt, { ok: true, value: { text: expected, note: undefined } });
    });
  }

  it("puts the system's words before the first turn where gemma3 has no turn for them", () => {
    const prompt = renderPrompt([{ role: "system", content: "Be brief." }, ask], source(gemma3));
    assert.ok(prompt.ok);
    assert.equal(
      prompt.value.text,
      "<s><start_of_turn>user\nBe brief.\n\nWhat is 1 < 2 & 3?<end_of_turn>\n<start_of_turn>model\n",
    );
  });

  for (const [name, template, messages] of [
    ["refuses a role", llama2, [{ role: "system", content: "x" }]],
    ["has no place for the system", gemma2, [{ role: "system", content: "x" }, ask]],
    ["wants turns by turns", mistral, [ask, ask]],
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
