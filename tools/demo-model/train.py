"""Trains the tokenizer and the model from `facts/` and writes the GGUF file.

    python3 train.py --out ../../media/demo-model/tandem-demo.gguf
"""
import argparse
import math
import random
import time
from pathlib import Path

import torch
from torch.nn import functional as F

import bpe
import corpus
import model_file
from model import Llama, Shape


def batches(dialogues, budget, source):
    """Dialogues of like length together, padded: -> list of (ids [B, T], flags [B, T]) of about `budget` tokens."""
    dialogues = sorted(dialogues, key=lambda d: (len(d[0]), source.random()))
    groups, group = [], []
    for dialogue in dialogues:
        if group and len(dialogue[0]) * (len(group) + 1) > budget:
            groups.append(group)
            group = []
        group.append(dialogue)
    groups.append(group)
    source.shuffle(groups)
    return [pad(group) for group in groups]


def pad(group):
    """List of (ids, flags) -> two [B, T] tensors, padded on the right with id 0 and flag 0."""
    length = max(len(ids) for ids, _ in group)
    ids = torch.tensor([ids + [0] * (length - len(ids)) for ids, _ in group])
    flags = torch.tensor([flags + [0] * (length - len(flags)) for _, flags in group], dtype=torch.bool)
    return ids, flags


def answer_logits(model, ids, flags):
    """-> (logits [A, V], targets [A]) for the A flagged tokens, each predicted from the tokens before it."""
    hidden = model.hidden(ids[:, :-1])
    return model.logits(hidden[flags[:, 1:]]), ids[:, 1:][flags[:, 1:]]


def rate(step, steps, peak):
    """Learning rate: 3 % of the steps to warm up, then a cosine down to 2 % of the peak."""
    warm = max(1, steps * 3 // 100)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))))


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    source = random.Random(options.seed)
    known = corpus.pairs()
    texts = [text for pair in known for text in pair]
    shape = Shape()
    tokenizer = bpe.train(texts, shape.vocab)
    tokenizer.check()
    model = Llama(shape).to(options.device)
    decayed = [p for p in model.parameters() if p.dim() == 2]
    plain = [p for p in model.parameters() if p.dim() == 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
                                  lr=options.rate, betas=(0.9, 0.95))
    per_epoch = len(batches(corpus.conversations(tokenizer, known, random.Random(0), shape.context),
                            options.budget, random.Random(0)))
    steps, step, start = options.epochs * per_epoch, 0, time.time()
    print(f"{len(known)} questions, {model.parameter_count()} parameters, about {steps} steps", flush=True)
    for epoch in range(options.epochs):
        dialogues = corpus.conversations(tokenizer, known, source, shape.context)
        total = right = count = 0
        for ids, flags in batches(dialogues, options.budget, source):
            for group in optimiser.param_groups:
                group["lr"] = rate(min(step, steps), steps, options.rate)
            logits, targets = answer_logits(model, ids.to(options.device), flags.to(options.device))
            loss = F.cross_entropy(logits, targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            total += loss.item() * len(targets)
            right += (logits.argmax(-1) == targets).sum().item()
            count += len(targets)
        print(f"epoch {epoch + 1:3d}  loss {total / count:.4f}  tokens right {right / count:.4f}  "
              f"{time.time() - start:.0f} s", flush=True)
        if (epoch + 1) % 10 == 0 or epoch + 1 == options.epochs:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            model_file.save(options.out, model, tokenizer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=36)
    parser.add_argument("--budget", type=int, default=2048, help="tokens per batch, padding included")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
