"""The llama architecture in PyTorch: RMSNorm, interleaved RoPE, grouped-query attention, SwiGLU, tied output.

Shapes: B sequences, T tokens, D embedding, H query heads, G key/value heads, E = D / H, F feed-forward, V vocabulary.
Parameter names are the tensor names of a GGUF file without `.weight`, with `_` for `.` where Python needs it.
"""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Hyper-parameters, as they stand in the `llama.*` keys of the file."""
    vocab: int = 2048
    context: int = 1024
    embedding: int = 256
    layers: int = 6
    heads: int = 8
    kv_heads: int = 4
    feed_forward: int = 512
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head_size(self):
        return self.embedding // self.heads


class RmsNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rope_tables(shape, length):
    """cos and sin, each [length, E/2]."""
    frequency = shape.rope_base ** (-torch.arange(0, shape.head_size, 2).float() / shape.head_size)
    angle = torch.arange(length).float()[:, None] * frequency[None]
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    """RoPE on pairs (2i, 2i+1) of the last axis: x [B, heads, T, E], cos and sin [T, E/2]."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    """One layer: attention and feed-forward, each with its norm and residual."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        wide, kv = shape.embedding, shape.kv_heads * shape.head_size
        self.attn_norm = RmsNorm(wide, shape.epsilon)
        self.attn_q = nn.Linear(wide, wide, bias=False)
        self.attn_k = nn.Linear(wide, kv, bias=False)
        self.attn_v = nn.Linear(wide, kv, bias=False)
        self.attn_output = nn.Linear(wide, wide, bias=False)
        self.ffn_norm = RmsNorm(wide, shape.epsilon)
        self.ffn_gate = nn.Linear(wide, shape.feed_forward, bias=False)
        self.ffn_up = nn.Linear(wide, shape.feed_forward, bias=False)
        self.ffn_down = nn.Linear(shape.feed_forward, wide, bias=False)

    def forward(self, x, cos, sin, mask):
        """x [B, T, D], mask [T, T] additive -> [B, T, D]."""
        s = self.shape
        batch, length, _ = x.shape
        h = self.attn_norm(x)
        q = self.attn_q(h).view(batch, length, s.heads, s.head_size).transpose(1, 2)
        k = self.attn_k(h).view(batch, length, s.kv_heads, s.head_size).transpose(1, 2)
        v = self.attn_v(h).view(batch, length, s.kv_heads, s.head_size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        group = s.heads // s.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = q @ k.transpose(-1, -2) * s.head_size ** -0.5 + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, s.embedding)
        x = x + self.attn_output(mixed)
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Llama(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.embedding)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = RmsNorm(shape.embedding, shape.epsilon)
        cos, sin = rope_tables(shape, shape.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._start()

    def _start(self):
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(parameter, std=0.04 / (2 * self.shape.layers) ** 0.5 if residual else 0.04)

    def hidden(self, ids):
        """ids [B, T] -> [B, T, D], the input of the output matrix."""
        length = ids.shape[1]
        mask = torch.full((length, length), float("-inf"), device=ids.device).triu(1)
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, self.cos[:length], self.sin[:length], mask)
        return self.output_norm(x)

    def logits(self, hidden):
        """[..., D] -> [..., V]."""
        return F.linear(hidden, self.token_embd.weight)

    def parameter_count(self):
        return sum(p.numel() for p in self.parameters())
