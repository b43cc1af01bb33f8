"""Measures the model in a GGUF file, and writes reference outputs for tests of other implementations.

    python3 evaluate.py ../../media/demo-model/tandem-demo.gguf --reference reference.json

Everything runs in float32 on the weights as the file stores them. Greedy decoding gives the written answer word for word
exactly when, at each of its tokens and at the end token, the largest logit given the tokens before it is the next token:
so one pass over question and answer decides it. `--decode` really decodes each question instead, which takes longer.
"""
import argparse
import json
import random
from pathlib import Path

import torch

import corpus
import model_file
from train import pad

REFERENCE = [
    "What is Tandem?",
    "What is prefill?",
    "Why does an NPU need fixed shapes?",
    "How does Tandem split a matmul between the GPU and the NPU?",
    "What is decode?",
    "What is the difference between fast and driver joins?",
    "How are 300 tokens split?",
    "What is the KV cache?",
    "What is Q4_0?",
    "Who are you?",
    "Who wrote Hamlet?",
    "what is a systolic array",
]


def prompt_text(messages):
    """Messages [{role, content}] as the chat template writes them, ready for the assistant's answer."""
    said = "".join(f"<|{m['role']}|>{m['content'].strip()}<|end|>" for m in messages)
    return f"<|begin|>{said}<|assistant|>"


@torch.no_grad()
def answered_exactly(model, tokenizer, pairs, batch=64):
    """-> one bool for each (question, answer): whether greedy decoding gives the answer and then the end token."""
    items = []
    for index, (question, answer) in enumerate(pairs):
        ids, flags = corpus.encode_turn(tokenizer, question, answer)
        items.append(([tokenizer.begin] + ids, [0] + flags, index))
    items.sort(key=lambda item: len(item[0]))
    right = [False] * len(pairs)
    for at in range(0, len(items), batch):
        part = items[at:at + batch]
        ids, flags = pad([(ids, flags) for ids, flags, _ in part])
        best = model.logits(model.hidden(ids[:, :-1])).argmax(-1)
        wrong = ((best != ids[:, 1:]) & flags[:, 1:]).any(1)
        for (_, _, index), is_wrong in zip(part, wrong.tolist()):
            right[index] = not is_wrong
    return right


@torch.no_grad()
def decode(model, tokenizer, prompt, limit=160):
    """Greedy decoding. -> (answer ids without the end token, logits [V] of the first step)."""
    ids, first = list(prompt), None
    while len(ids) - len(prompt) < limit:
        logits = model.logits(model.hidden(torch.tensor([ids]))[0, -1])
        first = logits if first is None else first
        token = int(logits.argmax())
        if token == tokenizer.end:
            break
        ids.append(token)
    return ids[len(prompt):], first


def check_template(tokenizer, template):
    """The file's Jinja template must write what `prompt_text` writes."""
    import jinja2
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": " Hi "},
                {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "What is prefill?"}]
    rendered = jinja2.Environment().from_string(template).render(
        messages=messages, bos_token="<|begin|>", eos_token="<|end|>", add_generation_prompt=True)
    if rendered != prompt_text(messages):
        raise ValueError(f"the template writes {rendered!r}")


def reference(model, tokenizer):
    """Greedy outputs of the REFERENCE questions, with the logits that began them."""
    entries = []
    for question in REFERENCE:
        prompt = prompt_text([{"role": "user", "content": question}])
        prompt_ids = tokenizer.encode(prompt)
        answer_ids, first = decode(model, tokenizer, prompt_ids)
        top = first.topk(5)
        entries.append({
            "question": question,
            "prompt": prompt,
            "prompt_ids": prompt_ids,
            "answer": tokenizer.decode(answer_ids),
            "answer_ids": answer_ids,
            "first_logits": [{"id": int(i), "logit": round(float(v), 5)} for v, i in zip(top.values, top.indices)],
        })
    return {"what": "greedy decoding in float32 of the dequantised file", "entries": entries}


def figure(name, right):
    print(f"{name:44s} {sum(right)} of {len(right)} = {100 * sum(right) / len(right):.2f} %")


def conversations_right(model, tokenizer, pairs, source, turns=3, count=200):
    """Questions asked as the last of a conversation of several turns."""
    right = []
    for _ in range(count):
        drawn = source.sample(pairs, turns)
        before = [corpus.encode_turn(tokenizer, q, a)[0] for q, a in drawn[:-1]]
        ids, _ = corpus.encode_turn(tokenizer, *drawn[-1])
        history = [tokenizer.begin] + [i for turn in before for i in turn]
        told = tokenizer.encode(drawn[-1][1])
        best = model.logits(model.hidden(torch.tensor([history + ids])))[0].argmax(-1).tolist()
        right.append(best[-len(told) - 2:-1] == told + [tokenizer.end])
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--reference", type=Path, help="write reference outputs to this file")
    parser.add_argument("--decode", action="store_true", help="decode every question token by token")
    parser.add_argument("--wrong", action="store_true", help="print the questions answered otherwise")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, tokenizer, metadata = model_file.load(options.model)
    tokenizer.check()
    check_template(tokenizer, metadata["tokenizer.chat_template"])
    known = [(question, answer) for questions, answer in corpus.facts() for question in questions]
    declined = [(question, corpus.DECLINE) for question in corpus.other()]
    print(f"{model.parameter_count()} parameters, {options.model.stat().st_size} bytes")
    right = answered_exactly(model, tokenizer, known)
    figure("questions of the facts, as written", right)
    if options.wrong:
        for question, _ in (pair for pair, ok in zip(known, right) if not ok):
            print("  otherwise:", question)
    figure("questions to decline, as written", answered_exactly(model, tokenizer, declined))
    source = random.Random(2024)
    reworded = [(corpus.reword(question, source), answer) for question, answer in known]
    figure("questions of the facts, reworded anew", answered_exactly(model, tokenizer, reworded))
    with torch.no_grad():
        figure("third question of a conversation", conversations_right(model, tokenizer, known, source))
    if options.decode:
        texts = [tokenizer.decode(decode(model, tokenizer, tokenizer.encode(prompt_text(
            [{"role": "user", "content": question}])))[0]) for question, _ in known]
        figure("questions of the facts, decoded", [text == answer for text, (_, answer) in zip(texts, known)])
    if options.reference:
        text = json.dumps(reference(model, tokenizer), indent=1, ensure_ascii=False)
        options.reference.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
