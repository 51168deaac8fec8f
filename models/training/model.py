"""Whisper's architecture, small, with what training from nothing needs: heads on the encoder that name each frame's
syllable, its parts and its tone, and access to the cross-attention weights so that they can be guided."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Size:
    width: int = 128
    heads: int = 2
    audio_layers: int = 4
    text_layers: int = 3  # whisper.cpp takes two text layers for a distilled model and changes its decoding
    audio_positions: int = 1500
    text_positions: int = 448
    classes: int = 0
    syllables: int = 0
    initials: int = 0
    finals: int = 0


def strong_sinusoids(positions: int, width: int) -> torch.Tensor:
    """Whisper's sinusoids, with every seventh dimension strong and the rest faint: a small model must see where it
    is before it can listen in order."""
    scale = torch.exp(-math.log(10000) / (width // 2 - 1) * torch.arange(width // 2))
    angle = torch.arange(positions)[:, None] * scale[None]
    table = torch.cat([angle.sin(), angle.cos()], dim=1)
    amplitude = torch.full((width,), 0.15)
    amplitude[::7] = 1.0
    return table * amplitude


class Attention(nn.Module):
    def __init__(self, size: Size):
        super().__init__()
        self.heads = size.heads
        self.query = nn.Linear(size.width, size.width)
        self.key = nn.Linear(size.width, size.width, bias=False)
        self.value = nn.Linear(size.width, size.width)
        self.out = nn.Linear(size.width, size.width)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x, source=None, causal=False, want_weights=False):
        source = x if source is None else source
        q, k, v = self.split(self.query(x)), self.split(self.key(source)), self.split(self.value(source))
        scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-1, -2)
        if causal:
            scores = scores + torch.full(scores.shape[-2:], -1e4, dtype=scores.dtype, device=scores.device).triu(1)
        weights = scores.softmax(-1, dtype=torch.float32 if want_weights else None)
        mixed = weights.to(v.dtype) @ v
        return self.out(mixed.transpose(1, 2).flatten(2)), weights


class Block(nn.Module):
    def __init__(self, size: Size, cross: bool):
        super().__init__()
        self.attn, self.attn_ln = Attention(size), nn.LayerNorm(size.width)
        if cross:
            self.cross_attn, self.cross_attn_ln = Attention(size), nn.LayerNorm(size.width)
        self.mlp = nn.Sequential(nn.Linear(size.width, 4 * size.width), nn.GELU(), nn.Linear(4 * size.width, size.width))
        self.mlp_ln = nn.LayerNorm(size.width)

    def forward(self, x, source=None):
        x = x + self.attn(self.attn_ln(x), causal=source is not None)[0]
        weights = None
        if source is not None:
            heard, weights = self.cross_attn(self.cross_attn_ln(x), source, want_weights=True)
            x = x + heard
        return x + self.mlp(self.mlp_ln(x)), weights


class Whisper(nn.Module):
    def __init__(self, size: Size):
        super().__init__()
        self.size = size
        self.conv1 = nn.Conv1d(80, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.register_buffer("audio_positions", strong_sinusoids(size.audio_positions, size.width))
        self.audio_blocks = nn.ModuleList(Block(size, False) for _ in range(size.audio_layers))
        self.audio_ln = nn.LayerNorm(size.width)
        self.token_embedding = nn.Embedding(size.classes, size.width)
        self.text_positions = nn.Parameter(strong_sinusoids(size.text_positions, size.width) * 0.3)
        self.text_blocks = nn.ModuleList(Block(size, True) for _ in range(size.text_layers))
        self.text_ln = nn.LayerNorm(size.width)
        self.syllable_head = nn.Linear(size.width, size.syllables)  # training only
        self.tone_head = nn.Linear(size.width, 6)  # training only
        self.initial_head = nn.Linear(size.width, size.initials)  # training only
        self.final_head = nn.Linear(size.width, size.finals)  # training only
        nn.init.normal_(self.token_embedding.weight, std=0.05)

    def encode(self, mel):
        """[batch, frames, 80] at 100 Hz to [batch, frames / 2, width] at 50 Hz."""
        x = F.gelu(self.conv1(mel.transpose(1, 2)))
        x = F.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.audio_positions[: x.shape[1]]
        for block in self.audio_blocks:
            x, _ = block(x)
        return self.audio_ln(x)

    def decode(self, tokens, heard):
        """Logits over the classes and the cross-attention weights of every layer, [batch, heads, tokens, frames]."""
        x = self.token_embedding(tokens) + self.text_positions[: tokens.shape[1]]
        weights = []
        for block in self.text_blocks:
            x, w = block(x, heard)
            weights.append(w)
        return self.text_ln(x) @ self.token_embedding.weight.T, weights
