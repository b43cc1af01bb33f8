"""Byte-level BPE with the pre-tokenizer that GGUF calls `llama-bpe`: trainer, encoder, decoder.

Token strings are written the way GPT-2 writes them: each of the 256 bytes stands for one printable character.
Token ids: 256 bytes, then one token per merge in merge order, then the control tokens.
"""
from collections import Counter, defaultdict

import regex

PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
           r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CONTROL = ["<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
_SPLIT = regex.compile(PATTERN)
_CONTROL_SPLIT = regex.compile("(" + "|".join(regex.escape(t) for t in CONTROL) + ")")


def byte_characters():
    """The printable character that stands for each byte, as a list of 256 strings."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {}, 256
    for byte in range(256):
        if byte in kept:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(extra)
            extra += 1
    return [table[byte] for byte in range(256)]


BYTE_CHAR = byte_characters()
CHAR_BYTE = {c: b for b, c in enumerate(BYTE_CHAR)}


def words_of(text):
    """Pre-token strings of a text, each already in byte characters."""
    return ["".join(BYTE_CHAR[b] for b in piece.encode("utf-8")) for piece in _SPLIT.findall(text)]


def train(texts, vocab_size):
    """Learn merges until the vocabulary, control tokens included, has `vocab_size` tokens. Deterministic."""
    counts = Counter(word for text in texts for word in words_of(text))
    words = [list(word) for word in counts]
    weights = list(counts.values())
    pairs, where = Counter(), defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += weights[index]
            where[pair].add(index)
    merges = []
    while len(merges) < vocab_size - 256 - len(CONTROL):
        best = max(pairs.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
        if best[1] < 1:
            raise ValueError(f"the corpus is too small: only {len(merges)} merges were found")
        pair = best[0]
        merges.append(pair)
        for index in list(where[pair]):
            word = words[index]
            for old in zip(word, word[1:]):
                pairs[old] -= weights[index]
                where[old].discard(index)
            words[index] = word = merge_pair(word, pair)
            for new in zip(word, word[1:]):
                pairs[new] += weights[index]
                where[new].add(index)
        del pairs[pair]
    return Tokenizer([f"{a} {b}" for a, b in merges])


def merge_pair(word, pair):
    """The list of symbols `word` with every occurrence of `pair`, from the left, joined."""
    joined, at = [], 0
    while at < len(word):
        if at + 1 < len(word) and (word[at], word[at + 1]) == pair:
            joined.append(word[at] + word[at + 1])
            at += 2
        else:
            joined.append(word[at])
            at += 1
    return joined


class Tokenizer:
    """Encodes and decodes with a list of merges (`"a b"` strings, most important first)."""

    def __init__(self, merges):
        self.merges = list(merges)
        self.tokens = BYTE_CHAR + [m.replace(" ", "") for m in self.merges] + CONTROL
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {tuple(m.split(" ")): i for i, m in enumerate(self.merges)}
        self.begin, self.end = self.ids["<|begin|>"], self.ids["<|end|>"]
        self._cache = {}

    def types(self):
        """GGUF token types: 1 normal, 3 control."""
        return [3 if token in CONTROL else 1 for token in self.tokens]

    def encode(self, text, control=True):
        """Token ids of a text. With `control`, control tokens written in the text become their own ids."""
        parts = _CONTROL_SPLIT.split(text) if control else [text]
        ids = []
        for part in parts:
            if control and part in CONTROL:
                ids.append(self.ids[part])
            else:
                for word in words_of(part):
                    ids.extend(self._word(word))
        return ids

    def _word(self, word):
        if word not in self._cache:
            symbols = list(word)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if pair not in self.rank:
                    break
                symbols = merge_pair(symbols, pair)
            self._cache[word] = [self.ids[s] for s in symbols]
        return self._cache[word]

    def decode(self, ids):
        """Text of token ids; control tokens are left out."""
        chars = "".join(self.tokens[i] for i in ids if self.tokens[i] not in CONTROL)
        return bytes(CHAR_BYTE[c] for c in chars).decode("utf-8", errors="replace")

    def check(self):
        """Every token must encode to itself, so that readers which look whole words up first agree with merging."""
        wrong = [t for t in self.tokens[:-len(CONTROL)] if self._word(t) != [self.ids[t]]]
        if wrong or len(self.ids) != len(self.tokens):
            raise ValueError(f"tokens that do not encode to themselves, or twins: {wrong[:5]}")
